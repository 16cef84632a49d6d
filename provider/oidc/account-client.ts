/** The product's own pages as a client of its own provider: one session, one way in, one way out. */
import type { ClientMetadata } from 'oidc-provider';
import type { AcrValues } from '../core/assurance.ts';
import type { Goal } from '../core/goals.ts';
import { PROMPT_OF } from './goals.ts';

export const ACCOUNT_CLIENT_ID = 'kapu-account';
export const SIGNED_IN_PATH = '/signed-in';
export const LOGGED_OUT_PATH = '/logged-out';
/** Asks who is logged in whether they want to leave. */
export const LOGOUT_PATH = '/logout';
/** Where oidc-provider logs out (OpenID Connect RP-Initiated Logout 1.0 §2). */
export const SESSION_END_PATH = '/session/end';

/** `response_type=none` (OAuth 2.0 Multiple Response Types §4): the session is all that is wanted. */
export function accountClient(issuer: string, acrValues: AcrValues): ClientMetadata {
  return {
    client_id: ACCOUNT_CLIENT_ID,
    redirect_uris: [`${issuer}${SIGNED_IN_PATH}`],
    post_logout_redirect_uris: [`${issuer}${LOGGED_OUT_PATH}`],
    response_types: ['none'],
    grant_types: [],
    token_endpoint_auth_method: 'none',
    subject_type: 'public',
    default_acr_values: [acrValues.low],
    id_token_signed_response_alg: 'ES256',
    first_party: true,
  };
}

export interface SignInRequest {
  readonly acrValue: string;
  /** Where the person comes back to; it travels as `state`. */
  readonly path: string;
  /** Seconds that the authentication may be old. */
  readonly maxAge?: number;
  /** What is to be done on the way. */
  readonly goal?: Goal;
}

/** Where a person logs in for a page of ours. */
export function signInHref(issuer: string, { acrValue, path, maxAge, goal }: SignInRequest): string {
  const query = new URLSearchParams({
    client_id: ACCOUNT_CLIENT_ID,
    response_type: 'none',
    scope: 'openid',
    redirect_uri: `${issuer}${SIGNED_IN_PATH}`,
    acr_values: acrValue,
    state: path,
    ...(maxAge !== undefined && { max_age: `${maxAge}` }),
    ...(goal && { prompt: PROMPT_OF[goal] }),
  });
  return `/auth?${query}`;
}

export function logoutHref(issuer: string): string {
  const query = new URLSearchParams({
    client_id: ACCOUNT_CLIENT_ID,
    post_logout_redirect_uri: `${issuer}${LOGGED_OUT_PATH}`,
  });
  return `${SESSION_END_PATH}?${query}`;
}
