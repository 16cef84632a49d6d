/** Accounts for programs: no password, link, code or secret of anybody comes in or goes out. Staff are an admin's affair. */
import { z } from 'zod';
import { type Account, normalizeUsername, type Person } from '../../core/account.ts';
import { circumstances } from '../../core/doing.ts';
import { normalizeEmail } from '../../core/email.ts';
import type { registerAccount } from '../../flows/accounts.ts';
import type { Accounts, Clock, History, Sessions } from '../../flows/ports.ts';
import type { SessionEnding } from '../../flows/session-ending.ts';
import { type Call, type Operation, operation, type Reply } from './operation.ts';
import { pageOf, pageQuery, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import {
  accountBody,
  accountShape,
  eventBody,
  eventShape,
  named,
  PERSON_MEMBERS,
  sessionBody,
  sessionShape,
} from './shapes.ts';

export interface AccountOperationsPorts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly history: History;
  readonly clock: Clock;
  readonly sessionEnding: SessionEnding;
  readonly registerAccount: ReturnType<typeof registerAccount>;
}

const username = z
  .string()
  .max(200)
  .refine((typed) => /^[^\p{C}{}]{3,100}$/u.test(normalizeUsername(typed)), 'must have 3 to 100 characters');
const email = z
  .string()
  .max(300)
  .refine((typed) => normalizeEmail(typed) !== undefined, 'must be an address');
const text = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{C}*$/u);
const why = z.string().max(500).optional();

const newPerson = named(
  'NewPerson',
  z.strictObject({
    family_name: text.optional(),
    given_name: text.optional(),
    birth_family_name: text.optional(),
    birth_given_name: text.optional(),
    birthdate: z.iso.date().optional(),
    place_of_birth: text.optional(),
    mothers_birth_name: text.optional(),
  } satisfies Record<keyof typeof PERSON_MEMBERS, z.ZodType>),
);
const newAccount = named(
  'NewAccount',
  z.strictObject({
    username,
    email,
    language: z.enum(['hu', 'en']).optional(),
    person: newPerson.optional(),
    why,
  }),
);
const accountQuery = pageQuery.extend({ username: z.string().max(200).optional() });
const accountPage = pageShape('Account', accountShape);
const eventPage = pageShape('Event', eventShape);
const sessionList = named('SessionList', z.object({ items: z.array(sessionShape) }));

const ONE = '/accounts/{account_id}';
const idOf = ({ params }: Pick<Call<unknown, unknown>, 'params'>): string => params.account_id ?? '';

export function accountOperations(ports: AccountOperationsPorts): Operation[] {
  return [...reading(ports), registering(ports), ...ending(ports)];
}

function reading({ accounts, sessions, history }: AccountOperationsPorts): Operation[] {
  const base = { method: 'get', scope: 'accounts:read' } as const;
  return [
    operation({
      ...base,
      id: 'listAccounts',
      summary: 'Accounts in the order of their user names, or the one with a user name',
      path: '/accounts',
      query: accountQuery,
      answer: { status: 200, about: 'a page of accounts', schema: accountPage },
      async handle({ query }) {
        if (query.username === undefined)
          return pageOf(
            query,
            ({ from, limit }) => accounts.list({ limit, ...(from !== undefined && { after: from }) }),
            {
              placeOf: (account) => account.username,
              body: accountBody,
            },
          );
        const found = await accounts.findByUsername(query.username);
        return { ok: true, body: { items: found ? [accountBody(found)] : [] } };
      },
    }),
    operation({
      ...base,
      id: 'showAccount',
      summary: 'One account',
      path: ONE,
      answer: { status: 200, about: 'the account', schema: accountShape },
      handle: (call) =>
        withAccount(accounts, call, async (account) => ({ ok: true, body: accountBody(account) })),
    }),
    operation({
      ...base,
      id: 'listSessions',
      summary: 'Where somebody is logged in',
      path: `${ONE}/sessions`,
      answer: { status: 200, about: 'all live sessions', schema: sessionList },
      handle: (call) =>
        withAccount(accounts, call, async ({ id }) => ({
          ok: true,
          body: { items: (await sessions.of(id)).map(sessionBody) },
        })),
    }),
    operation({
      ...base,
      id: 'listEvents',
      summary: 'What happened to an account, newest first',
      path: `${ONE}/history`,
      scope: 'history:read',
      query: pageQuery,
      answer: { status: 200, about: 'a page of events', schema: eventPage },
      handle: (call) =>
        withAccount(accounts, call, ({ id }) =>
          pageOf(call.query, ({ from, limit }) => history.of(id, limit, from), {
            placeOf: ({ cursor }) => cursor,
            body: eventBody,
          }),
        ),
    }),
  ];
}

function registering({ registerAccount: register }: AccountOperationsPorts): Operation {
  return operation({
    id: 'registerAccount',
    summary: 'Register somebody; the link to choose a password goes to their mailbox and nowhere else',
    method: 'post',
    path: '/accounts',
    scope: 'accounts:write',
    body: newAccount,
    creates: true,
    answer: { status: 201, about: 'the account', schema: accountShape },
    problems: ['username-taken', 'wrong-state'],
    async handle({ body, by, origin }) {
      const { person, email: typed, why: reason, language, ...account } = body;
      const wanted = {
        ...account,
        email: normalizeEmail(typed) ?? typed,
        ...(language && { language }),
        ...(person && { person: personOf(person) }),
      };
      const registered = await register(wanted, { by, origin, ...(reason !== undefined && { why: reason }) });
      if (registered.ok) {
        const location = `/accounts/${registered.account.id}`;
        return { ok: true, body: accountBody(registered.account), location };
      }
      return registered.because === 'username-taken'
        ? refused('username-taken')
        : refused('wrong-state', registered.because);
    },
  });
}

function personOf(given: z.output<typeof newPerson>): Person {
  const entries = Object.entries(PERSON_MEMBERS).map(([name, ours]) => [
    ours,
    given[name as keyof typeof given],
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Person;
}

function ending({ accounts, sessions, history, sessionEnding, clock }: AccountOperationsPorts): Operation[] {
  const base = { method: 'delete', scope: 'accounts:write', query: z.strictObject({ why }) } as const;
  const answer = { status: 204, about: 'ended; portals are told' } as const;
  const problems = ['admins-only'] as const;

  const told = (call: Call<{ why?: string | undefined }, unknown>) => ({
    at: clock.now(),
    ...circumstances({ by: call.by, origin: call.origin, ...(call.query.why && { why: call.query.why }) }),
  });

  return [
    operation({
      ...base,
      id: 'endSessions',
      summary: 'Log somebody out everywhere, with all that portals may still do in their name',
      path: `${ONE}/sessions`,
      answer,
      problems,
      handle: (call) =>
        withCitizen(accounts, call, async ({ id }) => {
          await sessionEnding.endAll(id);
          await history.append(id, { kind: 'all-sessions-ended', ...told(call) });
          return { ok: true };
        }),
    }),
    operation({
      ...base,
      id: 'endSession',
      summary: 'End one session',
      path: `${ONE}/sessions/{session_id}`,
      answer,
      problems,
      handle: (call) =>
        withCitizen(accounts, call, async ({ id }) => {
          const uid = call.params.session_id ?? '';
          if (!(await sessions.of(id)).some((session) => session.uid === uid)) return refused('not-found');
          await sessionEnding.endOne(uid);
          await history.append(id, { kind: 'session-ended', ...told(call) });
          return { ok: true };
        }),
    }),
  ];
}

async function withAccount(
  accounts: Accounts,
  call: Pick<Call<unknown, unknown>, 'params'>,
  use: (account: Account) => Promise<Reply>,
): Promise<Reply> {
  const account = await accounts.find(idOf(call));
  return account ? use(account) : refused('not-found');
}

/** Whoever holds a role could let a program in further than it was let: those are changed by an admin, at the console. */
function withCitizen(
  accounts: Accounts,
  call: Pick<Call<unknown, unknown>, 'params'>,
  use: Parameters<typeof withAccount>[2],
) {
  return withAccount(accounts, call, async (account) =>
    account.roles.length > 0 ? refused('admins-only') : use(account),
  );
}
