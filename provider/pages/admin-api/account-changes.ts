/**
 * What the desk does for people, for programs, by the desk's own flows: they ask whose account is theirs to handle, and
 * staff's never is. No password, link or code of anybody comes in or goes out. A second factor is reset by people alone.
 */
import { z } from 'zod';
import type { Account } from '../../core/account.ts';
import type { Doing } from '../../core/doing.ts';
import type { Because } from '../../core/refusal.ts';
import type { TypedData } from '../../core/registered-data.ts';
import type { DeskAccess } from '../../flows/desk/access.ts';
import { type DeskCorrection, dataTag } from '../../flows/desk/correction.ts';
import type { DeskRegistration } from '../../flows/desk/registration.ts';
import { accountBody, accountShape, PERSON_MEMBERS } from './account-shapes.ts';
import { type Call, type Done, type Operation, operation, type Reply } from './operation.ts';
import { type Refused, refused } from './problem.ts';
import { named } from './shapes.ts';

export interface AccountChangesPorts {
  readonly deskAccess: DeskAccess;
  readonly deskCorrection: DeskCorrection;
  readonly deskRegistration: DeskRegistration;
}

export const ONE_ACCOUNT = '/accounts/{account_id}';

const text = z.string().max(300);
const why = z.string().max(500).optional().meta({ description: "kept in the person's history" });
const registeredData = named(
  'RegisteredData',
  z.strictObject({
    email: text,
    family_name: text.optional(),
    given_name: text.optional(),
    birth_family_name: text.optional(),
    birth_given_name: text.optional(),
    birthdate: text.optional().meta({ description: 'YYYY-MM-DD' }),
    place_of_birth: text.optional(),
    mothers_birth_name: text.optional(),
  } satisfies Record<keyof typeof PERSON_MEMBERS | 'email', z.ZodType>),
);
const newAccount = named(
  'NewAccount',
  z.strictObject({
    username: text,
    data: registeredData,
    language: z.enum(['hu', 'en']).default('hu'),
    test: z.boolean().default(false).meta({ description: 'nobody real: for test clients' }),
    despite: z.boolean().default(false).meta({ description: 'though somebody like them is registered' }),
    why,
  }),
);
const correction = named('Correction', z.strictObject({ data: registeredData, why }));
export const reason = named('AccountReason', z.strictObject({ why }));

const shown = { status: 200, about: 'the account as it is now', schema: accountShape, etag: true } as const;

export function accountChangeOperations(ports: AccountChangesPorts): Operation[] {
  return [registering(ports), correcting(ports), ...deciding(ports)];
}

export function shownAccount(account: Account): Done {
  return { ok: true, body: accountBody(account), tag: dataTag(account) };
}

function registering({ deskRegistration }: AccountChangesPorts): Operation {
  return operation({
    id: 'registerAccount',
    summary: 'Register somebody; the link to choose a password goes to their mailbox and nowhere else',
    method: 'post',
    path: '/accounts',
    scope: 'accounts:write',
    body: newAccount,
    creates: true,
    answer: { ...shown, status: 201, about: 'the account' },
    problems: ['username-taken', 'similar-accounts', 'wrong-state'],
    async handle(call) {
      const { data, why: _, ...person } = call.body;
      const registered = await deskRegistration({ ...person, data: typedOf(data) }, deskDoing(call));
      if (!registered.ok) return refusedBecause(registered.because);
      return { ...shownAccount(registered.account), location: `/accounts/${registered.account.id}` };
    },
  });
}

function correcting({ deskCorrection }: AccountChangesPorts): Operation {
  return operation({
    id: 'correctAccount',
    summary: 'Put other data in the place of what is registered; both mailboxes hear of another address',
    method: 'put',
    path: `${ONE_ACCOUNT}/data`,
    scope: 'accounts:write',
    body: correction,
    guarded: true,
    answer: shown,
    problems: ['admins-only', 'wrong-state'],
    async handle(call) {
      const wanted = { typed: typedOf(call.body.data), basedOn: call.seen };
      const corrected = await deskCorrection(idOf(call), wanted, deskDoing(call));
      return corrected.ok ? shownAccount(corrected.account) : refusedBecause(corrected.because);
    },
  });
}

function deciding({ deskAccess }: AccountChangesPorts): Operation[] {
  const answer = { status: 204, about: 'it is done' } as const;
  const acts = [
    ['lockAccount', 'lock', 'Nobody gets in until it is unlocked; all sessions end', deskAccess.lock],
    ['unlockAccount', 'unlock', 'Lift a lock, and pauses after wrong passwords and codes', deskAccess.unlock],
    ['closeAccount', 'close', 'As the person would; for some days they can take it back', deskAccess.close],
    [
      'sendPasswordLink',
      'password-link',
      'Mail the person a link to choose a password',
      deskAccess.sendPasswordLink,
    ],
    [
      'endSessions',
      'end-sessions',
      'Log somebody out everywhere; their portals are told',
      deskAccess.endSessions,
    ],
  ] as const;
  return acts.map(([id, act, summary, carryOut]) =>
    operation({
      id,
      summary,
      method: 'post',
      path: `${ONE_ACCOUNT}/${act}`,
      scope: 'accounts:write',
      body: reason,
      answer,
      problems: ['admins-only', 'wrong-state'],
      async handle(call): Promise<Reply> {
        const done = await carryOut(idOf(call), deskDoing(call));
        return done.ok ? { ok: true } : refusedBecause(done.because);
      },
    }),
  );
}

const idOf = ({ params }: Pick<Call<unknown, unknown>, 'params'>): string => params.account_id ?? '';

export function deskDoing({ by, origin, body }: Call<unknown, { readonly why?: string | undefined }>): Doing {
  return { by, origin, ...(body.why && { why: body.why }) };
}

function typedOf({ email, ...given }: z.output<typeof registeredData>): TypedData {
  const person = Object.entries(PERSON_MEMBERS).flatMap(([name, ours]) => {
    const value = given[name as keyof typeof given];
    return value === undefined ? [] : [[ours, value]];
  });
  return { ...Object.fromEntries(person), email };
}

const IN_THE_BODY: Partial<Record<Because, string>> = {
  'malformed-username': '#/username',
  'malformed-email': '#/data/email',
  'malformed-birthdate': '#/data/birthdate',
};

export function refusedBecause(because: Because): Refused {
  const pointer = IN_THE_BODY[because];
  if (pointer !== undefined) return refused('invalid-content', undefined, [{ pointer, detail: because }]);
  if (because === 'unknown-account') return refused('not-found');
  if (because === 'changed-meanwhile' || because === 'username-taken' || because === 'similar-accounts')
    return refused(because);
  return because === 'not-yours-to-handle' ? refused('admins-only') : refused('wrong-state', because);
}
