/**
 * Which accounts have logged in with a browser before (OWASP "device cookies"). Whoever comes with one of them is no
 * stranger to that account: their tries are counted apart, so that a stranger's wrong passwords don't shut them out. It
 * proves nothing else, the tries are as few as anybody's, and it lasts until the password is changed: whoever had the old
 * one may be why. In the cookie is a random name for the browser, and for each account when it logged in and a keyed hash
 * of all three: nothing about anybody, nothing that works for another account.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { DAY_MS } from '../core/duration.ts';
import type { Clock } from '../flows/ports.ts';
import { hostCookie } from '../oidc/cookies.ts';

/** Of a browser that many share, as in a library, the accounts that logged in last. */
const ACCOUNTS_AT_MOST = 8;
const KEPT_MS = 365 * DAY_MS;
const SHAPE = /^[\w-]{20,40}(?:\.[\da-z]{1,11}:[\w-]{43}){1,8}$/;

/** A browser that an account knows: its name, and when the account last logged in with it. */
export interface Acquaintance {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface KnownBrowser {
  /** Whether no account at all has logged in with this browser before. */
  isNew(ctx: Context): boolean;
  /** Undefined where the account has not logged in with this browser before. */
  acquaintance(ctx: Context, username: string): Acquaintance | undefined;
  /** Notes a login that was completed. */
  note(ctx: Context, username: string): void;
}

export interface KnownBrowserOptions {
  /** Newest first; the older ones still verify. */
  readonly keys: readonly string[];
  readonly secure: boolean;
  readonly newName: () => string;
  readonly clock: Clock;
}

export function knownBrowser({ keys, secure, newName, clock }: KnownBrowserOptions): KnownBrowser {
  const cookie = hostCookie('kapu.browser', secure);
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: false, overwrite: true } as const;

  function read(ctx: Context): { name?: string; marks: string[] } {
    const value = ctx.cookies.get(cookie, options);
    if (value === undefined || !SHAPE.test(value)) return { marks: [] };
    const [name = '', ...marks] = value.split('.');
    return { name, marks };
  }

  const hashes = (name: string, username: string, time: string) =>
    keys.map((key) =>
      createHmac('sha256', key).update(`browser\n${name}\n${username}\n${time}`).digest('base64url'),
    );

  function isOf(mark: string, name: string, username: string): boolean {
    const [time = '', hash = ''] = mark.split(':');
    return hashes(name, username, time).some((one) => same(one, hash));
  }

  function acquaintance(ctx: Context, username: string): Acquaintance | undefined {
    const { name, marks } = read(ctx);
    const mark = name === undefined ? undefined : marks.find((one) => isOf(one, name, username));
    return name === undefined || mark === undefined ? undefined : { name, since: timeOf(mark) };
  }

  return {
    isNew: (ctx) => read(ctx).marks.length === 0,
    acquaintance,
    note(ctx, username) {
      const { name = newName(), marks } = read(ctx);
      const others = marks.filter((mark) => !isOf(mark, name, username));
      const time = clock.now().toString(RADIX);
      const own = `${time}:${hashes(name, username, time)[0]}`;
      const value = [name, own, ...others.slice(0, ACCOUNTS_AT_MOST - 1)].join('.');
      ctx.cookies.set(cookie, value, { ...options, maxAge: KEPT_MS });
    },
  };
}

const RADIX = 36;
const timeOf = (mark: string) => Number.parseInt(mark, RADIX);

function same(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
