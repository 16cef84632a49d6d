/**
 * Giving and taking roles. There is always an admin: the roster counts those who surely are, and its last one can't be
 * taken. An account and the roster lie in two partitions, so the order of writes keeps the promise, whatever races or
 * crashes: who is taken leaves the roster *first*; who is given enters it *last*, and only as it was read before the
 * account was written. A taking that such a giving has overtaken finds another revision in the account, and ends there.
 * A crash leaves an admin whom the roster does not count, never one whom it counts and who is none.
 */
import type { Account, Role } from '../../core/account.ts';
import { circumstances, type Doing } from '../../core/doing.ts';
import type { AccountEvent, StaffEventKind } from '../../core/event.ts';
import { type Result, refuse } from '../../core/refusal.ts';
import { revisionOf, withoutRole, withRole } from '../../core/roles.ts';
import type { Accounts, Clock, Roster } from '../ports.ts';

export interface StaffRolesPorts {
  readonly accounts: Accounts;
  readonly roster: Roster;
  readonly clock: Clock;
}

type Outcome = Result<{ readonly account: Account }>;

/** Few people change roles, and seldom: so many lost races in a row mean a fault. */
const MAX_TRIES = 50;

export type StaffRoles = ReturnType<typeof staffRoles>;

export function staffRoles({ accounts, roster, clock }: StaffRolesPorts) {
  function told(kind: StaffEventKind, role: Role, doing: Doing): AccountEvent {
    return { kind, at: clock.now(), role, ...circumstances(doing) };
  }

  /** Giving it again is no mistake: it mends what a crash left half done. */
  async function give(accountId: string, role: Role, doing: Doing): Promise<Outcome> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { accountIds, version } = await roster.of(role);
      const given = await accounts.update<Outcome>(accountId, (current) => {
        if (current.status !== 'active') return { account: current, result: refuse('account-not-active') };
        const account = withRole(current, role);
        const events = current.roles.includes(role) ? [] : [told('role-given', role, doing)];
        return { account, events, result: { ok: true, account } };
      });
      if (!given?.ok) return given ?? refuse('unknown-account');
      const listed = accountIds.includes(accountId) ? accountIds : [...accountIds, accountId];
      if (await roster.put(role, listed, version)) return given;
    }
    throw new Error(`the roster of ${role}s does not come to rest`);
  }

  /** Refuses for the last admin, and where somebody gave the role at the same moment. */
  async function take(accountId: string, role: Role, doing: Doing): Promise<Outcome> {
    const before = await accounts.find(accountId);
    if (!before) return refuse('unknown-account');
    if (!(await leaveRoster(accountId, role))) return refuse('last-admin');
    const taken = await accounts.update<Outcome>(accountId, (current) => {
      if (revisionOf(current) !== revisionOf(before)) {
        return { account: current, result: refuse('changed-meanwhile') };
      }
      if (!current.roles.includes(role)) return { account: current, result: { ok: true, account: current } };
      const account = withoutRole(current, role);
      return { account, events: [told('role-taken', role, doing)], result: { ok: true, account } };
    });
    return taken ?? refuse('unknown-account');
  }

  /** False, with nothing changed, when it would leave no admin. */
  async function leaveRoster(accountId: string, role: Role): Promise<boolean> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { accountIds, version } = await roster.of(role);
      const left = accountIds.filter((id) => id !== accountId);
      if (role === 'admin' && left.length === 0) return false;
      if (left.length === accountIds.length || (await roster.put(role, left, version))) return true;
    }
    throw new Error(`the roster of ${role}s does not come to rest`);
  }

  /** Everybody on the roster who has the role. */
  async function holders(role: Role): Promise<Account[]> {
    const { accountIds } = await roster.of(role);
    const found = await Promise.all(accountIds.map((id) => accounts.find(id)));
    return found.flatMap((account) => (account?.roles.includes(role) ? [account] : []));
  }

  return { give, take, holders };
}
