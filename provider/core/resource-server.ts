/**
 * An interface of somebody else that takes our access tokens. It is registered as a client whose `client_id` is its
 * address, the resource indicator (RFC 8707 §2), and whose `resource_scopes` say what may be asked of it.
 */
import type { ClientMetadata, ScopeText, TokenFormat } from './client.ts';

export interface RegisteredResourceServer {
  readonly scopes: readonly string[];
  readonly texts: Readonly<Record<string, ScopeText>>;
  readonly tokenFormat: TokenFormat;
}

/** Undefined for a client that is none. */
export function resourceServerOf(
  metadata: Pick<ClientMetadata, 'resource_scopes' | 'resource_token_format'> &
    Readonly<Record<string, unknown>>,
): RegisteredResourceServer | undefined {
  const { resource_scopes: texts, resource_token_format: tokenFormat = 'jwt' } = metadata;
  return texts && { scopes: Object.keys(texts), texts, tokenFormat };
}

/** What a resource server lives with: nobody logs in at it, so it needs no subject of anybody. */
export function resourceServerDefaults({
  resource_scopes,
}: Partial<ClientMetadata>): Partial<ClientMetadata> {
  return resource_scopes ? { response_types: [], grant_types: [], subject_type: 'public' } : {};
}

/** RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/** What is wrong with a resource server's metadata; undefined: nothing. `reserved` are the scopes of our own. */
export function resourceServerFault(
  { client_id, resource_scopes: texts, resource_token_format: format, response_types }: Hostile,
  reserved: readonly string[],
): string | undefined {
  if (texts === undefined)
    return format === undefined ? undefined : 'resource_token_format needs resource_scopes';
  if (!URL.canParse(String(client_id)) || String(client_id).includes('#'))
    return 'the client_id of a resource server must be its address';
  // Its ID tokens would have the same audience as its access tokens: one could be taken for the other.
  if (Array.isArray(response_types) && response_types.length > 0)
    return 'a resource server has no response_types';
  if (format !== undefined && format !== 'jwt' && format !== 'opaque')
    return 'resource_token_format must be jwt or opaque';
  return scopesFault(texts, reserved);
}

type Hostile = Readonly<Record<string, unknown>>;

function scopesFault(texts: unknown, reserved: readonly string[]): string | undefined {
  if (typeof texts !== 'object' || texts === null || Array.isArray(texts))
    return 'resource_scopes must be an object: scope, and what it means in hu and en';
  for (const [scope, text] of Object.entries(texts)) {
    if (!SCOPE.test(scope)) return `resource_scopes: ${scope} is no scope`;
    if (reserved.includes(scope)) return `resource_scopes: ${scope} is a scope of the provider's own`;
    const { hu, en } = (text ?? {}) as Hostile;
    if (typeof hu !== 'string' || typeof en !== 'string')
      return `resource_scopes: ${scope} must say what it means in hu and en`;
  }
  return Object.keys(texts).length > 0 ? undefined : 'resource_scopes must name one scope at least';
}
