/** The defaults that make a new client safe, and the rules for the metadata that is ours. */
import { adminClientDefaults, adminClientFault } from './admin-scope.ts';
import type { ClientMetadata } from './client.ts';
import { fapiDefaults, fapiFault } from './fapi.ts';
import { resourceServerDefaults, resourceServerFault } from './resource-server.ts';

/** What a portal may ask for that was given nothing in particular: `natural_person` is for those who need it. */
const DEFAULT_SCOPE = 'openid profile email offline_access';

/** The metadata that a client lives with when its registration is silent: the level substantial, PKCE, pairwise. */
export function withSafeDefaults<M extends Partial<ClientMetadata>>(metadata: M, substantialAcr: string): M {
  return {
    default_acr_values: [substantialAcr],
    scope: DEFAULT_SCOPE,
    subject_type: isMachine(metadata) ? 'public' : 'pairwise',
    require_pkce: true,
    id_token_signed_response_alg: 'ES256',
    ...fapiDefaults(metadata),
    ...resourceServerDefaults(metadata),
    ...adminClientDefaults(metadata),
    ...metadata,
  };
}

/** Nobody logs in at it: no redirect, no subject, no sector. */
function isMachine({ response_types }: Partial<ClientMetadata>): boolean {
  return Array.isArray(response_types) && response_types.length === 0;
}

/** What is wrong with the properties that are ours; undefined: nothing. `scopes` are all that the provider has. */
export function clientFault(
  metadata: Readonly<Record<string, unknown>>,
  scopes: readonly string[],
): string | undefined {
  const { require_pkce, token_endpoint_auth_method: method } = metadata;
  if (require_pkce === false && method === 'none')
    return 'require_pkce must be true for a client without a secret';
  for (const name of ['allowed_claims', 'resources']) {
    if (metadata[name] !== undefined && !isListOfTexts(metadata[name]))
      return `${name} must be a list of texts`;
  }
  return fapiFault(metadata) ?? resourceServerFault(metadata, scopes) ?? adminClientFault(metadata);
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
