/** A client's stand-in, by which it can be tried without its secret and without its portal. For development only. */
import type { ClientMetadata } from './client.ts';

const PREFIX = 'try:';
export const TRIAL_PATH = '/developers/try';
export const TRIAL_CALLBACK_PATH = `${TRIAL_PATH}/callback`;

export const trialIdOf = (clientId: string): string => PREFIX + clientId;

/** The client that an id stands in for, if it is such an id. */
export function triedBy(id: string): string | undefined {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined;
}

/** Asks for what the client may ask for, at its level and with its subjects, and comes back to our own page. */
export function trialOf(client: ClientMetadata, issuer: string): ClientMetadata {
  const {
    client_name,
    redirect_uris = [],
    scope,
    default_acr_values,
    subject_type,
    allowed_claims,
    test_owners,
  } = client;
  const [redirectUri] = redirect_uris;
  const sector = client.sector_identifier_uri ?? (redirectUri && `https://${new URL(redirectUri).host}`);
  return {
    client_id: trialIdOf(client.client_id),
    client_name: client_name ?? client.client_id,
    redirect_uris: [`${issuer}${TRIAL_CALLBACK_PATH}`],
    post_logout_redirect_uris: [`${issuer}${TRIAL_PATH}`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    require_pkce: true,
    id_token_signed_response_alg: client.id_token_signed_response_alg ?? 'ES256',
    ...(scope !== undefined && { scope }),
    ...(default_acr_values && { default_acr_values }),
    ...(allowed_claims && { allowed_claims }),
    ...(test_owners && { test_owners }),
    ...(subject_type !== undefined && { subject_type }),
    ...(subject_type === 'pairwise' && sector !== undefined && { sector_identifier_uri: sector }),
  };
}
