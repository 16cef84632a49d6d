/** `account add`, `account list`, `account show`. Hashes and sealed secrets never leave the store this way. */

import { storedAccounts } from '../../adapters/accounts.ts';
import { systemClock } from '../../adapters/system.ts';
import type { Account, Authenticator } from '../../provider/core/account.ts';
import { displayName } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { Registered } from '../../provider/flows/accounts.ts';
import type { Accounts } from '../../provider/flows/ports.ts';
import { accountFrom } from './account-input.ts';
import { type Answer, lines, Problem, table } from './answer.ts';
import { withKapu, withStore } from './opened.ts';

const PAGE = 500;

type WhyNot = Extract<Registered, { ok: false }>['because'];

const REASONS: Readonly<Record<WhyNot, string>> = {
  'username-taken': 'this user name is taken',
  'too-short': 'the password is too short',
  'password-too-long': 'the password is too long',
  'contains-own-name': 'the password is little more than the user name or the e-mail address',
  'contains-service-name': 'the password is little more than the name of the service',
  'common-password': 'the password is a common word, name or password with next to nothing around it',
  'predictable-password': 'the password is a regular row, a repetition, a date or a telephone number',
};

export async function addAccount(options: unknown): Promise<Answer> {
  const input = accountFrom(options);
  if (!input.ok) throw new Problem('usage', input.problems.join('; '));
  const registered = await withKapu((kapu) => kapu.registerAccount(input.wanted, { by: COMMAND_LINE }));
  if (!registered.ok) throw new Problem(registered.because, REASONS[registered.because]);
  const answer = described(registered.account);
  const { activation } = registered;
  if (!activation) return answer;
  const activationUntil = iso(activation.until);
  return {
    document: { ...(answer.document as object), activationLink: activation.link, activationUntil },
    text: `${answer.text}\n${lines({ 'activation link': activation.link, 'good until': activationUntil })}`,
  };
}

export async function listAccounts(): Promise<Answer> {
  const accounts = await withStore(({ store }) => all(storedAccounts(store, systemClock)));
  const heading = ['USER NAME', 'NAME', 'E-MAIL', 'STATUS', 'DEVICES', 'ROLES'];
  const rows = accounts.map((account) => [
    account.username,
    displayName(account, 'hu'),
    account.email,
    account.status,
    String(account.authenticators.length),
    account.roles.join(','),
  ]);
  return {
    document: accounts.map(shown),
    text: accounts.length === 0 ? 'No accounts.' : table([heading, ...rows]),
  };
}

export async function showAccount(username: string): Promise<Answer> {
  const account = await withStore(({ store }) => storedAccounts(store, systemClock).findByUsername(username));
  if (!account) throw new Problem('unknown-account', 'there is no account with this user name');
  return described(account);
}

async function all(accounts: Accounts): Promise<Account[]> {
  const found: Account[] = [];
  for (;;) {
    const after = found.at(-1)?.username;
    const page = await accounts.list({ limit: PAGE, ...(after !== undefined && { after }) });
    if (page.length === 0) return found;
    found.push(...page);
  }
}

function described(account: Account): Answer {
  const document = shown(account);
  const { person, authenticators, roles, codeFailures, ...rest } = document;
  const text = lines({
    ...rest,
    ...person,
    roles: roles.join(', '),
    devices: authenticators.map(({ name }) => name).join(', '),
    'wrong codes': codeFailures.inARow || undefined,
  });
  return { document, text };
}

const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

/** An account as it may be seen: named field by field, so that a new secret stays unseen. */
function shown(account: Account) {
  return {
    id: account.id,
    username: account.username,
    email: account.email,
    language: account.language,
    status: account.status,
    roles: account.roles,
    person: account.person,
    authenticators: account.authenticators.map(shownAuthenticator),
    codeFailures: {
      inARow: account.codeFailures.inARow,
      pausedUntil: iso(account.codeFailures.pausedUntil),
    },
    passwordChangedAt: iso(account.password?.changedAt),
    deletionCodeIssuedAt: iso(account.deletionCode?.issuedAt),
    createdAt: iso(account.createdAt),
  };
}

function shownAuthenticator({ id, kind, name, boundAt, lastUsedAt }: Authenticator) {
  return { id, kind, name, boundAt: iso(boundAt), lastUsedAt: iso(lastUsedAt) };
}
