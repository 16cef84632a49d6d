/** What a portal gets, in the words of scopes: the same when it is asked for and when it is looked up afterwards. */
import { scopeOfClaim } from '../oidc/claims.ts';

/** Not a piece of data: every login has it. */
const UNSPOKEN = 'openid';

export interface Shared {
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
}

/** Keys of `consent.scope` and `consent.scopeWhat`; a claim by itself is told by the scope that it belongs to. */
export function consentItems({ scopes, claims }: Shared): { key: string }[] {
  const ofClaims = claims.map((claim) => scopeOfClaim(claim) ?? claim);
  return [...new Set([...scopes, ...ofClaims])].filter((key) => key !== UNSPOKEN).map((key) => ({ key }));
}
