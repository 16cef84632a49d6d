/** What somebody may do beyond their own account, as a part of the account. Who of them may go is `flows/desk/roles.ts`. */
import type { Account, Role } from './account.ts';

export const ROLES: readonly Role[] = ['admin', 'operator'];

export function withRole(account: Account, role: Role): Account {
  const roles = account.roles.includes(role) ? account.roles : [...account.roles, role];
  return { ...account, roles, rolesRevision: revisionOf(account) + 1 };
}

export function withoutRole(account: Account, role: Role): Account {
  const roles = account.roles.filter((one) => one !== role);
  return { ...account, roles, rolesRevision: revisionOf(account) + 1 };
}

export function revisionOf({ rolesRevision = 0 }: Account): number {
  return rolesRevision;
}

/** An admin stays as long as they are one: else the last could go by another door than that of roles. */
export function mayLeave({ roles }: Pick<Account, 'roles'>): boolean {
  return !roles.includes('admin');
}
