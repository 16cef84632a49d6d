/** What Kapu adds to a client's metadata (RFC 7591), and the defaults that make a new client safe. */

/** A client's metadata as stored and as oidc-provider reads it: names and meanings of RFC 7591 and OpenID Connect. */
export interface ClientMetadata {
  readonly client_id: string;
  readonly client_name?: string;
  readonly redirect_uris?: readonly string[];
  readonly default_acr_values?: readonly string[];
  /** Hashed at rest, see {@link flows/clients}. */
  readonly client_secret?: string;
  /** Belongs to the service itself: no consent is asked. */
  readonly first_party?: boolean;
  /** False only for old clients that can't do PKCE; confidential clients only. */
  readonly require_pkce?: boolean;
  readonly [name: string]: unknown;
}

/** The properties that are ours, for oidc-provider's `extraClientMetadata`. */
export const OWN_METADATA = ['first_party', 'require_pkce', 'client_name#hu', 'client_name#en'] as const;

/** The metadata that a client lives with when its registration is silent: the level substantial, PKCE, pairwise. */
export function withSafeDefaults<M extends Partial<ClientMetadata>>(metadata: M, substantialAcr: string): M {
  return {
    default_acr_values: [substantialAcr],
    subject_type: 'pairwise',
    require_pkce: true,
    id_token_signed_response_alg: 'ES256',
    ...metadata,
  };
}

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * What is wrong with an address that people are sent to: it must be https, without user name or password and with an
 * ordinary host. Native applications may listen on loopback and have schemes of their own (RFC 8252 §7); anybody
 * may where `loopbackAllowed`, which is for development. Undefined: nothing.
 */
export function addressFault(
  address: string,
  { native, loopbackAllowed }: { native: boolean; loopbackAllowed: boolean },
): string | undefined {
  if (!URL.canParse(address)) return 'is no address';
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  if (protocol === 'http:') {
    const loopback = LOOPBACK_HOSTS.includes(hostname) && (native || loopbackAllowed);
    return loopback ? undefined : 'must begin with https://';
  }
  if (protocol !== 'https:') return native ? undefined : 'must begin with https://';
  return /^[\w.-]+$|^\[[\da-f:.]+\]$/i.test(hostname) ? undefined : 'has a strange host';
}

/**
 * What is wrong with an address that the server itself asks: it must be https, but for hosts that the operator allows,
 * and hold no user name, password or fragment. Where its name leads is looked at when it is asked. Undefined: nothing.
 */
export function fetchedAddressFault(address: string, plainHosts: readonly string[]): string | undefined {
  if (!URL.canParse(address)) return 'is no address';
  const { protocol, hostname, username, password, hash } = new URL(address);
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  if (hash !== '') return 'must not hold a fragment';
  const plain = protocol === 'http:' && plainHosts.includes(hostname.replace(/^\[|\]$/g, ''));
  return protocol === 'https:' || plain ? undefined : 'must begin with https://';
}
