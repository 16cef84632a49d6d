/**
 * Which accounts have logged in with a browser before (OWASP "device cookies"). Whoever comes with one of them is no
 * stranger to that account: their tries are counted apart, so that a stranger's wrong passwords don't shut them out. It
 * proves nothing else, and the tries are as few as anybody's. In the cookie is a random name for the browser, and for
 * each account a keyed hash of both: nothing readable, nothing that works for another account.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';

/** Of a browser that many share, as in a library, the accounts that logged in last. */
const ACCOUNTS_AT_MOST = 8;
const KEPT_MS = 365 * 24 * 3_600_000;
const SHAPE = /^[\w-]{20,40}(?:\.[\w-]{43}){1,8}$/;

export interface KnownBrowser {
  /** A name for this browser, if the account has logged in with it before. */
  nameFor(ctx: Context, username: string): string | undefined;
  /** Notes a login that was completed. Answers whether the browser was known to the account. */
  note(ctx: Context, username: string): boolean;
}

export interface KnownBrowserOptions {
  /** Newest first; the older ones still verify. */
  readonly keys: readonly string[];
  readonly secure: boolean;
  readonly newName: () => string;
}

export function knownBrowser({ keys, secure, newName }: KnownBrowserOptions): KnownBrowser {
  const cookie = `${secure ? '__Host-' : ''}kapu.browser`;
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: false, overwrite: true } as const;

  function read(ctx: Context): { name?: string; marks: string[] } {
    const value = ctx.cookies.get(cookie, options);
    if (value === undefined || !SHAPE.test(value)) return { marks: [] };
    const [name = '', ...marks] = value.split('.');
    return { name, marks };
  }

  const marksOf = (name: string, username: string) =>
    keys.map((key) => createHmac('sha256', key).update(`browser\n${name}\n${username}`).digest('base64url'));

  function nameFor(ctx: Context, username: string): string | undefined {
    const { name, marks } = read(ctx);
    if (name === undefined) return undefined;
    const own = marksOf(name, username);
    return marks.some((mark) => own.some((one) => same(one, mark))) ? name : undefined;
  }

  return {
    nameFor,
    note(ctx, username) {
      const known = nameFor(ctx, username) !== undefined;
      const { name = newName(), marks } = read(ctx);
      const own = marksOf(name, username);
      const others = marks.filter((mark) => !own.includes(mark));
      const value = [name, ...own.slice(0, 1), ...others.slice(0, ACCOUNTS_AT_MOST - 1)].join('.');
      ctx.cookies.set(cookie, value, { ...options, maxAge: KEPT_MS });
      return known;
    },
  };
}

function same(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
