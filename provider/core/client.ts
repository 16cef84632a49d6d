/** A client's metadata, with what Kapu adds to it, and which addresses it may have. */
import type { Language } from './account.ts';
import type { Level } from './assurance.ts';

/** What a person is told that a scope means. */
export type ScopeText = Readonly<Record<Language, string>>;

export type TokenFormat = 'jwt' | 'opaque';

/** What a portal's software may register by itself (RFC 7591 §1.2). */
export interface Agreement {
  /** The most that it may ask for. */
  readonly scopes: readonly string[];
  /** The least level that its people are to have. */
  readonly level: Level;
  /** Host names that its addresses may have. */
  readonly hosts: readonly string[];
  readonly grantTypes: readonly string[];
}

/** A client's metadata as stored and as oidc-provider reads it: names and meanings of RFC 7591 and OpenID Connect. */
export interface ClientMetadata {
  readonly client_id: string;
  readonly client_name?: string;
  readonly redirect_uris?: readonly string[];
  readonly grant_types?: readonly string[];
  readonly default_acr_values?: readonly string[];
  /** Hashed at rest, see {@link flows/clients}. */
  readonly client_secret?: string;
  /** Belongs to the service itself: no consent is asked. */
  readonly first_party?: boolean;
  /** False only for old clients that can't do PKCE; confidential clients only. */
  readonly require_pkce?: boolean;
  /** The FAPI 2.0 Security Profile, see {@link core/fapi}. */
  readonly fapi?: boolean;
  /** Scopes that it may ask for (RFC 7591 §2), separated by spaces. */
  readonly scope?: string;
  /** Claims that it may ask for one by one, beside those of its scopes. */
  readonly allowed_claims?: readonly string[];
  /** What it may do through the Admin API, see {@link core/admin-scope}. */
  readonly admin_scopes?: readonly string[];
  /** Resource servers that it may ask access tokens for. */
  readonly resources?: readonly string[];
  /** Makes it a resource server, see {@link core/resource-server}: scope -> what it means. */
  readonly resource_scopes?: Readonly<Record<string, ScopeText>>;
  readonly resource_token_format?: TokenFormat;
  /** Absent: it may not change itself. */
  readonly registration_agreement?: Agreement;
  /** Those of a record that are live when there is more than one, hashed; never registered, see {@link core/client-record}. */
  readonly client_secrets?: readonly { readonly hash: string; readonly endsAt?: number }[];
  /** Grants given before count no longer, milliseconds since the epoch; never registered either. */
  readonly grants_since?: number;
  /** Makes it a test client: who builds it; never registered either, see {@link core/test-client}. */
  readonly test_owners?: readonly string[];
  readonly [name: string]: unknown;
}

/** The properties that are ours, for oidc-provider's `extraClientMetadata`. */
export const OWN_METADATA = [
  'first_party',
  'require_pkce',
  'fapi',
  'admin_scopes',
  'allowed_claims',
  'resources',
  'resource_scopes',
  'resource_token_format',
  'registration_agreement',
  'client_secrets',
  'grants_since',
  'test_owners',
  'client_name#hu',
  'client_name#en',
] as const;

/** The name that people of a language know the client by. */
export function clientName(metadata: ClientMetadata, language: Language): string {
  const translated = metadata[`client_name#${language}`];
  return typeof translated === 'string' ? translated : (metadata.client_name ?? metadata.client_id);
}

/** Names are escaped wherever they are shown; one with markup in it, or marks that pile up over other lines, is somebody's try all the same. */
export function nameFault(metadata: Readonly<Record<string, unknown>>): string | undefined {
  const names = ['client_name', 'client_name#hu', 'client_name#en'] as const;
  const bad = names.find((name) => /[<>\p{C}]|\p{M}{4}/u.test(String(metadata[name] ?? '')));
  return bad && `${bad} must not hold markup`;
}

/** What an address is made of (RFC 3986 §2): readers of anything else disagree on where its host ends. */
const WRITTEN_PROPERLY = /^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/;

/** A scheme of an application's own is a name that its maker owns, the other way round (RFC 8252 §7.1). */
const OWN_SCHEME = /^[a-z][a-z\d+-]*(\.[a-z\d+-]+)+:$/;

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

export function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOSTS.includes(hostname);
}

/**
 * What is wrong with an address that people are sent to: it must be https, without user name or password and with an
 * ordinary host. Native applications may listen on loopback and have schemes of their own (RFC 8252 §7); anybody
 * may where `loopbackAllowed`, which is for development. Undefined: nothing.
 */
export function addressFault(
  address: string,
  { native, loopbackAllowed }: { native: boolean; loopbackAllowed: boolean },
): string | undefined {
  if (!URL.canParse(address) || !WRITTEN_PROPERLY.test(address)) return 'is no address';
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  if (protocol === 'http:') {
    const loopback = isLoopback(hostname) && (native || loopbackAllowed);
    return loopback ? undefined : 'must begin with https://';
  }
  if (protocol !== 'https:' && native)
    return OWN_SCHEME.test(protocol) ? undefined : 'must have a scheme such as hu.example.app';
  if (protocol !== 'https:') return 'must begin with https://';
  return /^[\w.-]+$|^\[[\da-f:.]+\]$/i.test(hostname) ? undefined : 'has a strange host';
}

/**
 * What is wrong with an address that the server itself asks: it must be https, but for hosts that the operator allows,
 * and hold no user name, password or fragment. Where its name leads is looked at when it is asked. Undefined: nothing.
 */
export function fetchedAddressFault(address: string, plainHosts: readonly string[]): string | undefined {
  if (!URL.canParse(address) || !WRITTEN_PROPERLY.test(address)) return 'is no address';
  const { protocol, hostname, username, password, hash } = new URL(address);
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  if (hash !== '') return 'must not hold a fragment';
  const plain = protocol === 'http:' && plainHosts.includes(hostname.replace(/^\[|\]$/g, ''));
  return protocol === 'https:' || plain ? undefined : 'must begin with https://';
}
