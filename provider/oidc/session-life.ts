/** How long a session lives: idle for so long, and never longer than so long after the login, however busy. */

export interface SessionLimits {
  readonly idleSeconds: number;
  readonly maxSeconds: number;
}

/** Seconds from now; at least 1, since oidc-provider takes no less. `loginTs` and `now` in seconds since the epoch. */
export function sessionLife(loginTs: number | undefined, now: number, limits: SessionLimits): number {
  const age = loginTs === undefined ? 0 : now - loginTs;
  return Math.max(1, Math.min(limits.idleSeconds, limits.maxSeconds - age));
}
