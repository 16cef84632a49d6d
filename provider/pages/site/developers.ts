/** `/developers`: what a portal's programmer needs to know, put together from what the provider itself goes by. */
import { type AcrValues, amrOf, LEVELS } from '../../core/assurance.ts';
import { CLAIMS_OF_SCOPE } from '../../oidc/claims.ts';
import { CLIENT_AUTH_METHODS } from '../../oidc/discovery.ts';
import { adminApiAddress } from '../../oidc/resource-servers.ts';
import type { View, Visit } from '../page.ts';
import { duration, type Translate } from '../texts.ts';

/** What a portal says of itself when it is registered, in the order in which it will think of it. */
export const METADATA = [
  'client_name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'token_endpoint_auth_method',
  'jwks_uri',
  'grant_types',
  'scope',
  'default_acr_values',
  'sector_identifier_uri',
  'fapi',
] as const;

/** The errors that a portal meets (OAuth 2.0, OpenID Connect Core §3.1.2.6, RFC 9449). */
export const ERRORS = [
  'access_denied',
  'login_required',
  'consent_required',
  'unmet_authentication_requirements',
  'invalid_request',
  'invalid_scope',
  'invalid_client',
  'invalid_grant',
  'use_dpop_nonce',
] as const;

const EXAMPLES = ['openid-client', 'apache', 'authlib', 'spa', 'fapi'] as const;

export interface DeveloperFacts {
  readonly issuer: string;
  readonly acrValues: AcrValues;
  /** Seconds. */
  readonly lifetime: {
    readonly authorizationCode: number;
    readonly accessToken: number;
    readonly jwtAccessToken: number;
    readonly refreshToken: number;
  };
  readonly jwksCacheSeconds: number;
  /** Whether clients can be tried here. */
  readonly trying: boolean;
}

interface Pair {
  readonly term: string;
  readonly text?: string;
  /** Names and values, shown as code. */
  readonly codes?: readonly string[];
}

export function developersPage(facts: DeveloperFacts) {
  return ({ t }: Visit): View => ({
    view: 'site/developers',
    locals: {
      discovery: `${facts.issuer}/.well-known/openid-configuration`,
      trying: facts.trying,
      adminApi: `${adminApiAddress(facts.issuer)}/openapi.json`,
      times: timesOf(facts, t),
      levels: levelsOf(facts.acrValues, t),
      scopes: scopesOf(t),
      metadata: metadataOf(t),
      errors: ERRORS.map((term): Pair => ({ term, text: t(`developers.error.${term}`) })),
      examples: EXAMPLES.map(
        (name): Pair => ({ term: `scripts/examples/${name}`, text: t(`developers.example.${name}`) }),
      ),
    },
  });
}

function timesOf({ lifetime, jwksCacheSeconds }: DeveloperFacts, t: Translate) {
  return {
    code: duration(t, lifetime.authorizationCode * 1000),
    token: duration(t, lifetime.accessToken * 1000),
    jwt: duration(t, lifetime.jwtAccessToken * 1000),
    days: lifetime.refreshToken / 86_400,
    keys: duration(t, jwksCacheSeconds * 1000),
  };
}

function levelsOf(acrValues: AcrValues, t: Translate): Pair[] {
  return LEVELS.map((level) => ({
    term: acrValues[level],
    text: t(`developers.level.${level}`),
    codes: together(amrOf(level)),
  }));
}

function scopesOf(t: Translate): Pair[] {
  const scopes = [...Object.entries(CLAIMS_OF_SCOPE), ['offline_access', []] as const];
  return scopes.map(([scope, claims]) => ({
    term: scope,
    text: t(`developers.scope.${scope}`),
    codes: together(claims),
  }));
}

function metadataOf(t: Translate): Pair[] {
  return METADATA.map((term) => ({
    term,
    text: t(`developers.metadata.${term}`),
    codes: term === 'token_endpoint_auth_method' ? together(CLIENT_AUTH_METHODS) : [],
  }));
}

const together = (names: readonly string[]) => (names.length === 0 ? [] : [names.join(' ')]);
