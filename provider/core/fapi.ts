/** The FAPI 2.0 Security Profile for a client, by the one switch `fapi`. */
import type { ClientMetadata } from './client.ts';

/** Algorithms that the profile allows (§5.4.1); `Ed25519` is the newer name of `EdDSA` with that curve (RFC 9864). */
export const FAPI_ALGORITHMS: readonly string[] = ['ES256', 'PS256', 'EdDSA', 'Ed25519'];

/** What the profile demands of a client's metadata (§5.3.2). */
const DEMANDED = {
  token_endpoint_auth_method: 'private_key_jwt',
  require_pushed_authorization_requests: true,
  dpop_bound_access_tokens: true,
  require_pkce: true,
  application_type: 'web',
} as const satisfies Partial<ClientMetadata>;

const SIGNED = [
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'token_endpoint_auth_signing_alg',
] as const;

/** What the switch turns on where the registration is silent. */
export function fapiDefaults({ fapi }: Partial<ClientMetadata>): Partial<ClientMetadata> {
  return fapi === true ? DEMANDED : {};
}

/** What stands against the profile; undefined: nothing, or the client is not under it. */
export function fapiFault(metadata: Readonly<Record<string, unknown>>): string | undefined {
  if (metadata.fapi === undefined || metadata.fapi === false) return undefined;
  if (metadata.fapi !== true) return 'fapi must be true or false';
  for (const [name, demanded] of Object.entries(DEMANDED)) {
    if (metadata[name] !== demanded) return `${name} must be ${demanded} under fapi`;
  }
  const weak = SIGNED.find(
    (name) => metadata[name] !== undefined && !FAPI_ALGORITHMS.includes(String(metadata[name])),
  );
  return weak && `${weak} must be one of ${FAPI_ALGORITHMS.join(', ')} under fapi`;
}
