/** Accounts, for programs: who there is, where they are logged in, what happened. No secret of anybody is told. */
import { z } from 'zod';
import type { Account } from '../../core/account.ts';
import type { Accounts, Sessions } from '../../flows/ports.ts';
import {
  type AccountChangesPorts,
  accountChangeOperations,
  ONE_ACCOUNT,
  refusedBecause,
  shownAccount,
} from './account-changes.ts';
import { accountBody, accountShape, sessionBody, sessionShape } from './account-shapes.ts';
import { type EventOperationsPorts, eventOperations } from './events.ts';
import { type Call, type Operation, operation, type Reply } from './operation.ts';
import { pageOf, pageQuery, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import { named } from './shapes.ts';

export interface AccountOperationsPorts extends AccountChangesPorts, EventOperationsPorts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
}

const text = z.string().min(1).max(300).optional();
const accountQuery = pageQuery.extend({ username: text, email: text, name: text });
const accountPage = pageShape('Account', accountShape);
const sessionList = named('SessionList', z.object({ items: z.array(sessionShape) }));

export function accountOperations(ports: AccountOperationsPorts): Operation[] {
  return [
    ...reading(ports),
    ...following(ports),
    ...eventOperations(ports),
    ...accountChangeOperations(ports),
  ];
}

function reading({ accounts }: AccountOperationsPorts): Operation[] {
  const base = { method: 'get', scope: 'accounts:read' } as const;
  return [
    operation({
      ...base,
      id: 'listAccounts',
      summary:
        'Accounts in the order of their user names; or by user name, e-mail, or the beginning of a name',
      path: '/accounts',
      query: accountQuery,
      answer: { status: 200, about: 'a page of accounts', schema: accountPage },
      handle: ({ query }) => found(accounts, query),
    }),
    operation({
      ...base,
      id: 'showAccount',
      summary: 'One account',
      path: ONE_ACCOUNT,
      answer: { status: 200, about: 'the account', schema: accountShape, etag: true },
      handle: (call) => withAccount(accounts, call, async (account) => shownAccount(account)),
    }),
  ];
}

async function found(accounts: Accounts, query: z.output<typeof accountQuery>): Promise<Reply> {
  const { username, email, name, limit } = query;
  if (username !== undefined) return listed([(await accounts.findByUsername(username)) ?? []].flat());
  if (email !== undefined) return listed(await accounts.findByEmail(email));
  if (name !== undefined) return listed((await accounts.findByName(name, { limit })).accounts);
  return pageOf(
    query,
    ({ from, ...page }) => accounts.list({ ...page, ...(from !== undefined && { after: from }) }),
    {
      placeOf: (account) => account.username,
      body: accountBody,
    },
  );
}

const listed = (accounts: readonly Account[]): Reply => ({
  ok: true,
  body: { items: accounts.map(accountBody) },
});

function following({ accounts, sessions, deskAccess }: AccountOperationsPorts): Operation[] {
  return [
    operation({
      id: 'listSessions',
      summary: 'Where somebody is logged in',
      method: 'get',
      path: `${ONE_ACCOUNT}/sessions`,
      scope: 'accounts:read',
      answer: { status: 200, about: 'all live sessions', schema: sessionList },
      handle: (call) =>
        withAccount(accounts, call, async ({ id }) => ({
          ok: true,
          body: { items: (await sessions.of(id)).map(sessionBody) },
        })),
    }),
    operation({
      id: 'endSession',
      summary: 'Log somebody out of one browser; its portals are told',
      method: 'delete',
      path: `${ONE_ACCOUNT}/sessions/{session_id}`,
      scope: 'accounts:write',
      answer: { status: 204, about: 'it has ended' },
      problems: ['admins-only'],
      async handle({ params, by, origin }) {
        const { account_id: id = '', session_id: uid = '' } = params;
        const done = await deskAccess.endSession(id, uid, { by, origin });
        if (!done.ok) return refusedBecause(done.because);
        return done.ended ? { ok: true } : refused('not-found');
      },
    }),
  ];
}

async function withAccount(
  accounts: Accounts,
  call: Pick<Call<unknown, unknown>, 'params'>,
  use: (account: Account) => Promise<Reply>,
): Promise<Reply> {
  const account = await accounts.find(call.params.account_id ?? '');
  return account ? use(account) : refused('not-found');
}
