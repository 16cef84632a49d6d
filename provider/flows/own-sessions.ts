/** What a person does about the sessions and portals of their own account. Each leaves its event in the history. */
import type { Account } from '../core/account.ts';
import type { EventKind, Origin } from '../core/event.ts';
import type { Clock, Consents, History, Sessions } from './ports.ts';
import type { SessionEnding } from './session-ending.ts';

export interface OwnSessionsPorts {
  readonly sessions: Sessions;
  readonly consents: Consents;
  readonly history: History;
  readonly sessionEnding: SessionEnding;
  readonly clock: Clock;
}

export type OwnSessions = ReturnType<typeof ownSessions>;

export function ownSessions(ports: OwnSessionsPorts) {
  const { sessions, consents, history, sessionEnding, clock } = ports;

  const record = (accountId: string, kind: EventKind, origin: Origin) =>
    history.append(accountId, { kind, at: clock.now(), ...origin });

  /** A session of somebody else, or one that has ended, is left alone. */
  async function endOne(accountId: string, uid: string, origin: Origin): Promise<void> {
    const own = await sessions.of(accountId);
    if (!own.some((session) => session.uid === uid)) return;
    await sessionEnding.endOne(uid);
    await record(accountId, 'session-ended', origin);
  }

  async function endOthers(accountId: string, ownUid: string, origin: Origin): Promise<void> {
    await sessionEnding.endAll(accountId, { except: ownUid });
    await record(accountId, 'other-sessions-ended', origin);
  }

  /** "It was not me": whoever is in, this browser included, is out. */
  async function endAll(account: Account, origin: Origin): Promise<void> {
    await sessionEnding.endAll(account.id);
    const at = clock.now();
    const letters = [{ kind: 'sessions-ended', account, at } as const];
    await history.append(account.id, { kind: 'all-sessions-ended', at, ...origin }, letters);
  }

  /** The portal is asked nothing: its tokens are dead, and the next login there asks for consent anew. */
  async function withdraw(accountId: string, clientId: string, origin: Origin): Promise<void> {
    const event = { kind: 'consent-withdrawn', at: clock.now(), ...origin, clientId } as const;
    await consents.withdraw(accountId, clientId, event);
    // Also where there was no consent any more: an earlier try may have stopped between the two.
    await sessionEnding.endGrantsOf(accountId, clientId);
  }

  return { endOne, endOthers, endAll, withdraw };
}
