/** `account role add`, `account role remove`, `account role list`: who may do what beyond their own account. */
import { storedAccounts } from '../../adapters/accounts.ts';
import { storedRoster } from '../../adapters/roster.ts';
import { systemClock as clock } from '../../adapters/system.ts';
import { type Account, displayName, type Role } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { ROLES } from '../../provider/core/roles.ts';
import { type StaffRoles, staffRoles } from '../../provider/flows/desk/roles.ts';
import type { Accounts } from '../../provider/flows/ports.ts';
import { type Answer, Problem, table } from './answer.ts';
import { withHistories } from './opened.ts';

type Refused = Extract<Awaited<ReturnType<StaffRoles['give']>>, { ok: false }>;

const REASONS: Readonly<Partial<Record<Refused['because'], string>>> = {
  'unknown-account': 'there is no account with this user name',
  'account-not-active': 'this account is locked or closed',
  'last-admin': 'this is the last admin: make somebody else one first',
  'changed-meanwhile': 'somebody gave the role at the same moment: look, and try again',
};

export const addRole = (username: string, role: string) => changed('give', username, role);
export const removeRole = (username: string, role: string) => changed('take', username, role);

async function changed(act: 'give' | 'take', username: string, typed: string): Promise<Answer> {
  const role = ROLES.find((one) => one === typed);
  if (!role) throw new Problem('usage', `the role must be ${ROLES.join(' or ')}`);
  const result = await withRoles(async (roles, accounts) => {
    const account = await accounts.findByUsername(username);
    return roles[act](account?.id ?? '', role, { by: COMMAND_LINE });
  });
  if (!result.ok) throw new Problem(result.because, REASONS[result.because] ?? result.because);
  const { roles } = result.account;
  return {
    document: { username: result.account.username, roles },
    text: `${result.account.username}: ${roles.join(', ') || 'no role'}`,
  };
}

export async function listRoles(): Promise<Answer> {
  const staff = await withRoles(async (roles) => {
    const held = await Promise.all(ROLES.map((role) => roles.holders(role)));
    return ROLES.flatMap((role, index) => (held[index] ?? []).map((account) => ({ role, account })));
  });
  const rows = staff.map(({ role, account }) => [role, account.username, displayName(account, 'hu')]);
  return {
    document: staff.map(({ role, account }) => shown(role, account)),
    text: staff.length === 0 ? 'Nobody has a role.' : table([['ROLE', 'USER NAME', 'NAME'], ...rows]),
  };
}

function withRoles<T>(use: (roles: StaffRoles, accounts: Accounts) => Promise<T>): Promise<T> {
  return withHistories(({ store }) => {
    const accounts = storedAccounts(store, clock);
    return use(staffRoles({ accounts, roster: storedRoster(store), clock }), accounts);
  });
}

function shown(role: Role, { username, email }: Account) {
  return { role, username, email };
}
