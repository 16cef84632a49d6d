/** What somebody may do beyond their own account, as a part of the account. Who of them may go is `flows/desk/roles.ts`. */
import type { Account, Role } from './account.ts';
import type { Actor } from './actor.ts';

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

/** Who wants to do something to an account. */
export interface Hand extends Pick<Actor, 'kind' | 'id'> {
  /** Of an account; others have none. */
  readonly roles: readonly Role[];
}

/**
 * Least privilege: operators handle citizens, admins handle staff and nobody else, nobody handles themselves. So neither a
 * desk nor a program's secret leads to an account with more rights than its own.
 */
export function mayHandle({ kind, id, roles }: Hand, account: Pick<Account, 'id' | 'roles'>): boolean {
  const staff = account.roles.length > 0;
  switch (kind) {
    case 'command-line':
      return true;
    case 'client':
      return !staff;
    case 'account':
      return id !== account.id && roles.includes(staff ? 'admin' : 'operator');
  }
}

/** An admin stays as long as they are one: else the last could go by another door than that of roles. */
export function mayLeave({ roles }: Pick<Account, 'roles'>): boolean {
  return !roles.includes('admin');
}
