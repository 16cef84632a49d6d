/** What a browser remembers for a person's convenience: nothing secret, nothing that decides who they are. */
import type { Context } from 'koa';
import { DAY_MS } from '../core/duration.ts';
import { hostCookie } from '../oidc/cookies.ts';

const YEAR_MS = 365 * DAY_MS;

export type Preference = 'kapu.language' | 'kapu.method';

const cookieOf = ({ secure }: Context, name: Preference) => hostCookie(name, secure);

export function preferred(ctx: Context, name: Preference): string | undefined {
  return ctx.cookies.get(cookieOf(ctx, name), { signed: false });
}

export function prefer(ctx: Context, name: Preference, value: string): void {
  const options = { maxAge: YEAR_MS, httpOnly: true, sameSite: 'lax', signed: false } as const;
  ctx.cookies.set(cookieOf(ctx, name), value, { ...options, secure: ctx.secure });
}
