/** How long a session lives: idle for so long, and never longer than so long after the login, however busy. */
import type { Session } from 'oidc-provider';

export interface SessionLimits {
  readonly idleSeconds: number;
  readonly maxSeconds: number;
}

/** Seconds from now; at least 1, since oidc-provider takes no less. `loginTs` and `now` in seconds since the epoch. */
export function sessionLife(loginTs: number | undefined, now: number, limits: SessionLimits): number {
  const age = loginTs === undefined ? 0 : now - loginTs;
  return Math.max(1, Math.min(limits.idleSeconds, limits.maxSeconds - age));
}

/** Writing the new end at every click would cost a write for nothing. */
const RENEW_AFTER_SECONDS = 60;

type LiveSession = Pick<Session, 'accountId' | 'loginTs' | 'exp' | 'save'>;

/** When a session ends, in seconds since the epoch; `final`: however busy the person is. */
export interface SessionEnd {
  readonly at: number;
  readonly final: boolean;
}

/** Undefined when nobody is logged in. Renews nothing. */
export function endOf(
  { accountId, loginTs, exp }: LiveSession,
  limits: SessionLimits,
): SessionEnd | undefined {
  if (!accountId || exp === undefined) return undefined;
  return { at: exp, final: loginTs !== undefined && exp > loginTs + limits.maxSeconds - RENEW_AFTER_SECONDS };
}

/** A person at work is not idle: pages of ours keep the session alive as requests of portals do. */
export async function renewSession(session: LiveSession, now: number, limits: SessionLimits): Promise<void> {
  if (!session.accountId) return;
  const life = sessionLife(session.loginTs, now, limits);
  if (now + life - (session.exp ?? 0) >= RENEW_AFTER_SECONDS) await session.save(life);
}
