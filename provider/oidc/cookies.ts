/** Cookies of the protocol: readable by nobody, of this host alone. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Configuration, Provider } from 'oidc-provider';

export function cookies(secure: boolean): NonNullable<Configuration['cookies']> {
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  return { names: names(secure), long: cookie, short: cookie };
}

/** Over https no other host of the domain can plant them; those of one path can't have `__Host-`. */
function names(secure: boolean) {
  const [host, path] = secure ? ['__Host-', '__Secure-'] : ['', ''];
  return {
    session: `${host}kapu.session`,
    interaction: `${path}kapu.interaction`,
    resume: `${path}kapu.resume`,
  };
}

/**
 * The signatures of all cookies, as koa's own are, so that those stay good: its own compares by two more hashes under a
 * key drawn for each comparison. `keys` newest first.
 */
export function signatures(keys: readonly string[]): Exclude<Provider['keys'], string[]> {
  const signed = (data: string, key: string) => createHmac('sha1', key).update(data).digest('base64url');
  const index = (data: string, digest: string) => keys.findIndex((key) => same(signed(data, key), digest));
  return {
    sign: (data: string) => signed(data, keys[0] ?? ''),
    index,
    verify: (data: string, digest: string) => index(data, digest) >= 0,
  };
}

function same(one: string, other: string): boolean {
  const bytes = Buffer.from(other);
  return bytes.length === one.length && timingSafeEqual(Buffer.from(one), bytes);
}
