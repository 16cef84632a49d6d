/** Cookies of the protocol: readable by nobody, of this host alone. */
import type { Configuration } from 'oidc-provider';

/** `keys` sign the cookies of the pages, too; newest first. */
export function cookies(keys: readonly string[], secure: boolean): NonNullable<Configuration['cookies']> {
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  return { keys: [...keys], names: names(secure), long: cookie, short: cookie };
}

/** What a cookie of the whole service is called: over https no other host of the domain can plant it. */
export const hostCookie = (name: string, secure: boolean): string => `${secure ? '__Host-' : ''}${name}`;

/** Those of one path can't have `__Host-`. */
function names(secure: boolean) {
  const path = secure ? '__Secure-' : '';
  return {
    session: hostCookie('kapu.session', secure),
    interaction: `${path}kapu.interaction`,
    resume: `${path}kapu.resume`,
  };
}
