/** One sentence that a page leaves for the next one: what was just done. */
import type { Context } from 'koa';
import { hostCookie } from '../oidc/cookies.ts';

/** The person may be on the way through a login; afterwards it would be stale. */
const KEPT_MS = 2 * 60_000;

export interface Notices {
  /** `key` names a text below `notice.`. */
  leave(ctx: Context, key: string): void;
  /** Answers it once. */
  take(ctx: Context): string | undefined;
}

/** Signed, so that nobody can make a page say what did not happen. */
export function notices(secure: boolean): Notices {
  const cookie = hostCookie('kapu.notice', secure);
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  return {
    leave: (ctx, key) => void ctx.cookies.set(cookie, key, { ...options, maxAge: KEPT_MS }),
    take(ctx) {
      const key = ctx.cookies.get(cookie, options);
      if (key !== undefined) ctx.cookies.set(cookie, null, options);
      return key;
    },
  };
}
