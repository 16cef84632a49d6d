/** The desk decides who gets in: lock, unlock, end sessions, a link for a new password, close. Never a password. */
import { circumstances, type Doing } from '../../core/doing.ts';
import { openReset, withoutReset } from '../../core/factor-reset.ts';
import { addressWaits, linkDue } from '../../core/password-link.ts';
import { type Result, refuse } from '../../core/refusal.ts';
import { mayLeave } from '../../core/roles.ts';
import type { Closing } from '../closing.ts';
import { SIGNED_IN } from '../password-check.ts';
import type { PasswordLinks } from '../password-links.ts';
import type { Accounts, Clock, History, Sessions, Throttles } from '../ports.ts';
import type { SessionEnding } from '../session-ending.ts';
import type { Handled, Handling } from './handling.ts';

export interface DeskAccessPorts {
  readonly accounts: Accounts;
  readonly handling: Handling;
  readonly closing: Closing;
  readonly passwordLinks: PasswordLinks;
  readonly sessionEnding: SessionEnding;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly throttles: Throttles;
  readonly history: History;
  readonly clock: Clock;
}

export type DeskAccess = ReturnType<typeof deskAccess>;

export function deskAccess(ports: DeskAccessPorts) {
  const { accounts, handling, closing, passwordLinks, sessionEnding, sessions, throttles, history, clock } =
    ports;

  /** Nobody gets in until it is unlocked; all sessions end and the portals are told. A removal of devices that is under way ends: it may be why. */
  async function lock(accountId: string, doing: Doing): Promise<Handled> {
    const locked = await handling.change(accountId, doing, (account, at) => {
      if (!mayLeave(account)) return refuse('still-admin');
      if (account.status === 'locked') return { account, events: [] };
      if (account.status !== 'active') return refuse('account-not-active');
      const ended = openReset(account, at) ? ([{ kind: 'factor-reset-withdrawn' }] as const) : [];
      return {
        account: { ...withoutReset(account), status: 'locked' },
        events: [{ kind: 'account-locked' }, ...ended],
        letters: [{ kind: 'account-locked', account, at }],
      };
    });
    if (!locked.ok) return locked;
    // Again is no mistake: whatever a crash left alive ends now.
    await sessionEnding.endAll(accountId);
    return locked;
  }

  /** Lifts a lock, and the pauses after wrong passwords and codes, those of known browsers included. */
  async function unlock(accountId: string, doing: Doing): Promise<Handled> {
    // What a crash after the lock left alive must not come back with the account.
    if ((await accounts.find(accountId))?.status === 'locked') await sessionEnding.endAll(accountId);
    const unlocked = await handling.change(accountId, doing, (account, at) => {
      if (account.status !== 'locked' && account.status !== 'active') return refuse('account-not-active');
      const wasLocked = account.status === 'locked';
      const lifted = { codeFailures: { inARow: 0 }, pausesLiftedAt: at };
      return {
        account: { ...account, ...lifted, status: 'active' },
        events: [{ kind: wasLocked ? 'account-unlocked' : 'pauses-lifted' }],
        letters: wasLocked ? [{ kind: 'account-unlocked', account, at }] : [],
      };
    });
    if (!unlocked.ok) return unlocked;
    const { account } = unlocked;
    await Promise.all([
      throttles.clear('password', account.username),
      throttles.clear('password-trusted', `${account.username}\n${SIGNED_IN}`),
      throttles.clear('deletion-code', account.id),
    ]);
    return unlocked;
  }

  /** Answers how many ended. */
  async function endSessions(accountId: string, doing: Doing): Promise<Result<{ readonly ended: number }>> {
    const looked = await handling.look(accountId, doing);
    if (!looked.ok) return looked;
    const at = clock.now();
    const ended = await sessionEnding.endAll(accountId);
    const event = { kind: 'sessions-ended-by-desk', at, ...circumstances(doing) } as const;
    await history.append(accountId, event, [{ kind: 'sessions-ended', account: looked.account, at }]);
    return { ok: true, ended };
  }

  /** One of them; false for one that is not theirs or has ended. */
  async function endSession(
    accountId: string,
    uid: string,
    doing: Doing,
  ): Promise<Result<{ readonly ended: boolean }>> {
    const looked = await handling.look(accountId, doing);
    if (!looked.ok) return looked;
    const session = await sessions.find(uid);
    if (session?.accountId !== accountId) return { ok: true, ended: false };
    await sessionEnding.endOne(uid);
    const at = clock.now();
    await history.append(accountId, { kind: 'session-ended-by-desk', at, ...circumstances(doing) });
    return { ok: true, ended: true };
  }

  /** Mails the person a link; whoever has never had a password gets that of the first login. */
  async function sendPasswordLink(accountId: string, doing: Doing): Promise<Result> {
    const looked = await handling.look(accountId, doing);
    if (!looked.ok) return looked;
    const { account } = looked;
    if (account.status !== 'active') return refuse('account-not-active');
    if (addressWaits(account, clock.now())) return refuse('address-too-new');
    const purpose = linkDue(account, clock.now()) ?? 'activation';
    await passwordLinks.send(account, purpose, circumstances(doing));
    return { ok: true };
  }

  /** As the person would by themselves: to be taken back for some days by the link in the mail. */
  async function close(accountId: string, doing: Doing): Promise<Result> {
    const looked = await handling.look(accountId, doing);
    if (!looked.ok) return looked;
    return closing.begin(accountId, circumstances(doing), await handling.hindranceFor(doing.by));
  }

  return { lock, unlock, endSessions, endSession, sendPasswordLink, close };
}
