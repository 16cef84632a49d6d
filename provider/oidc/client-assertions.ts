/** What a client's signed assertion (RFC 7523) must say beyond what oidc-provider checks. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { FAPI_ALGORITHMS } from '../core/fapi.ts';
import type { Clock } from '../flows/ports.ts';

/** A clock may run this far ahead (FAPI 2.0 §5.3.2.1 14). */
const AHEAD_SECONDS = 60;

/** An assertion is remembered until it expires, so it may not ask to be remembered for ever. */
const LONGEST_LIFE_SECONDS = 3600;

interface Claims {
  readonly aud?: unknown;
  readonly exp?: unknown;
  readonly iat?: unknown;
}

/** For `assertJwtClientAuthClaimsAndHeader`; throws `invalid_client`. */
export function checkAssertion(clock: Clock) {
  return async (
    ctx: KoaContextWithOIDC,
    { aud, exp, iat }: Claims,
    { alg }: { readonly alg?: unknown },
  ): Promise<void> => {
    const now = clock.now() / 1000;
    if (typeof exp !== 'number' || exp > now + LONGEST_LIFE_SECONDS + AHEAD_SECONDS)
      throw new errors.InvalidClientAuth('exp is too far in the future');
    if (typeof iat === 'number' && iat > now + AHEAD_SECONDS)
      throw new errors.InvalidClientAuth('iat is in the future');
    if (!ctx.oidc.isFapi('2.0')) return;
    // One receiver: an endpoint's address could be another server's idea (audience injection).
    if (aud !== ctx.oidc.issuer) throw new errors.InvalidClientAuth('aud must be the issuer alone');
    if (!FAPI_ALGORITHMS.includes(String(alg))) throw new errors.InvalidClientAuth('alg is not allowed');
  };
}
