/** What each scope tells a portal about a person. */
import { createHmac } from 'node:crypto';
import { type ClaimsParameter, errors } from 'oidc-provider';
import { type Account, displayName, emailConfirmed } from '../core/account.ts';

/** oidc-provider's `claims` option: scope -> claims. Names are the registered ones (OpenID Connect Core §5.1, IANA). */
export const CLAIMS_OF_SCOPE = {
  // Beside the subject, how and when the person proved who they are: every portal may know, none need ask.
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'family_name', 'given_name', 'preferred_username', 'locale'],
  email: ['email', 'email_verified'],
  natural_person: [
    'birth_family_name',
    'birth_given_name',
    'birthdate',
    'place_of_birth',
    'mothers_birth_name',
  ],
} as const;

/** Tells how good another claim is, and nothing more of the person: there is nothing to ask them. */
export const CLAIMS_OF_CLAIMS: readonly string[] = ['email_verified'];

/** All scopes of the provider's own. */
export const SCOPES = [...Object.keys(CLAIMS_OF_SCOPE), 'offline_access'] as const;

/** The scope that a claim belongs to. */
export function scopeOfClaim(claim: string): string | undefined {
  const scopes: [string, readonly string[]][] = Object.entries(CLAIMS_OF_SCOPE);
  return scopes.find(([, claims]) => claims.includes(claim))?.[0];
}

/** A client that may not ask for a scope may not have its claims one by one either, but for those it was given. */
export function refuseClaimsBeyondScope(
  _ctx: unknown,
  { id_token = {}, userinfo = {} }: ClaimsParameter,
  client: { readonly scope?: string | undefined; readonly allowed_claims?: unknown },
): void {
  for (const member of Object.values({ ...id_token, ...userinfo })) {
    if (member !== null && (typeof member !== 'object' || Array.isArray(member)))
      throw new errors.InvalidRequest('each of the claims must be null or an object');
  }
  const scopes = client.scope?.split(' ');
  if (!scopes) return;
  const given: readonly unknown[] = Array.isArray(client.allowed_claims) ? client.allowed_claims : [];
  for (const claim of Object.keys({ ...id_token, ...userinfo })) {
    const scope = scopeOfClaim(claim);
    if (scope !== undefined && !scopes.includes(scope) && !given.includes(claim)) {
      throw new errors.InvalidRequest(`the client may not ask for the claim ${claim}`);
    }
  }
}

export function claimsOf(account: Account): Record<string, unknown> & { sub: string } {
  const { person } = account;
  return {
    sub: account.id,
    name: displayName(account, account.language),
    family_name: person.familyName,
    given_name: person.givenName,
    preferred_username: account.username,
    locale: account.language,
    email: account.email,
    email_verified: emailConfirmed(account),
    birth_family_name: person.birthFamilyName,
    birth_given_name: person.birthGivenName,
    birthdate: person.birthdate,
    place_of_birth: person.placeOfBirth && { locality: person.placeOfBirth },
    mothers_birth_name: person.mothersBirthName,
  };
}

/** Pairwise subject (OpenID Connect Core §8.1): the same person is another `sub` in each sector. */
export function pairwiseSubject(salt: string, sectorIdentifier: string, accountId: string): string {
  return createHmac('sha256', salt).update(`${sectorIdentifier}\u0000${accountId}`).digest('base64url');
}
