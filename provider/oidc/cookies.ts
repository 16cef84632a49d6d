/** Cookies of the protocol: readable by nobody, of this host alone. */
import type { Configuration } from 'oidc-provider';

/** `keys` sign the cookies of the pages, too; newest first. */
export function cookies(keys: readonly string[], secure: boolean): NonNullable<Configuration['cookies']> {
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  return { keys: [...keys], names: names(secure), long: cookie, short: cookie };
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
