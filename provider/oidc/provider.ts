/**
 * oidc-provider, configured. It owns the protocol and the only session; this folder tells it what Kapu wants and
 * knows no page and no store: what it needs of them comes in through {@link ProviderPorts}.
 */
import { hkdfSync } from 'node:crypto';
import { type AdapterFactory, type Configuration, type JWKS, Provider } from 'oidc-provider';
import type { AcrValues } from '../core/assurance.ts';
import type { Accounts, Clock } from '../flows/ports.ts';
import { accountClient } from './account-client.ts';
import { ENABLED_ALGORITHMS } from './algorithms.ts';
import { CLAIMS_OF_SCOPE, claimsOf, pairwiseSubject, SCOPES } from './claims.ts';
import { checkAssertion } from './client-assertions.ts';
import { type ClientCachePorts, cacheClients } from './client-cache.ts';
import { CLIENT_DEFAULTS, EXTRA_METADATA, mayCallFrom, rotatesRefreshToken } from './client-metadata.ts';
import { cookies } from './cookies.ts';
import { fallsShort } from './demand.ts';
import { CLIENT_AUTH_METHODS, discovery } from './discovery.ts';
import { features, type LogoutPages } from './features.ts';
import { type FormPostPage, withOwnFormPost } from './form-post.ts';
import { existingGrant, expectGrant, type GrantPorts } from './grants.ts';
import { type Lifetimes, lifetimes } from './lifetimes.ts';
import { refuseOvertaken } from './overtaken.ts';
import { policy } from './policy.ts';
import {
  closeRaces,
  compareHashedSecrets,
  forgetOldGrants,
  keepNobodysSession,
  type RepairPorts,
} from './repairs.ts';
import {
  type SelfRegistrationPolicy,
  type SelfRegistrationPorts,
  tokensWithAgreement,
} from './self-registration.ts';
import type { SessionLimits } from './session-life.ts';

export interface ProviderPorts
  extends GrantPorts,
    RepairPorts,
    SelfRegistrationPorts,
    Omit<ClientCachePorts, 'clock'> {
  readonly accounts: Accounts;
  readonly adapterFor: AdapterFactory;
  readonly clock: Clock;
}

export interface ProviderSettings {
  readonly issuer: string;
  /** Whether browsers come over TLS. */
  readonly secure: boolean;
  readonly acrValues: AcrValues;
  readonly jwks: JWKS;
  readonly cookieKeys: readonly string[];
  readonly pairwiseSalt: string;
  readonly lifetime: Lifetimes;
  readonly session: SessionLimits;
  readonly clientPolicy: SelfRegistrationPolicy;
  /** How old a login may be before a change of what protects the account; seconds. */
  readonly freshSeconds: number;
  /** What an authorization request may hold, in bytes. */
  readonly longestRequest: number;
}

/** Pages of the product that oidc-provider shows in the course of the protocol. */
export interface ProtocolPages extends LogoutPages {
  readonly renderError: NonNullable<Configuration['renderError']>;
  readonly formPost: FormPostPage;
}

export function createProvider(
  ports: ProviderPorts,
  settings: ProviderSettings,
  pages: ProtocolPages,
): Provider {
  const OwnProvider = withOwnFormPost(Provider, pages.formPost);
  const provider = new OwnProvider(settings.issuer, configuration(ports, settings, pages));
  closeRaces(provider, ports);
  keepNobodysSession(provider);
  compareHashedSecrets(provider, ports);
  cacheClients(provider, ports);
  forgetOldGrants(provider);
  tokensWithAgreement(provider, ports);
  return provider;
}

function configuration(
  ports: ProviderPorts,
  settings: ProviderSettings,
  pages: ProtocolPages,
): Configuration {
  const { acrValues, issuer, pairwiseSalt } = settings;
  return {
    adapter: ports.adapterFor,
    jwks: settings.jwks,
    clients: [accountClient(issuer, acrValues)],
    findAccount: async (ctx, id, token) => {
      if (fallsShort(ctx, token as { acr?: unknown } | undefined, acrValues)) return undefined;
      expectGrant(ctx, id, ports);
      const account = await ports.accounts.find(id);
      if (account?.status !== 'active') return undefined;
      await refuseOvertaken(ctx, account);
      return { accountId: id, claims: () => claimsOf(account) };
    },
    loadExistingGrant: existingGrant(ports),
    claims: mutable(CLAIMS_OF_SCOPE),
    scopes: [...SCOPES],
    acrValues: Object.values(acrValues),
    subjectTypes: ['pairwise', 'public'],
    pairwiseIdentifier: (_ctx, accountId, client) =>
      pairwiseSubject(pairwiseSalt, String(client.sectorIdentifier ?? client.clientId), accountId),
    responseTypes: ['code', 'none'],
    pkce: { required: (_ctx, client) => client.require_pkce !== false },
    clientAuthMethods: [...CLIENT_AUTH_METHODS],
    assertJwtClientAuthClaimsAndHeader: checkAssertion(ports.clock),
    clientDefaults: CLIENT_DEFAULTS,
    extraClientMetadata: EXTRA_METADATA,
    enabledJWA: ENABLED_ALGORITHMS,
    // OpenID Connect Core §3.1.2.1 requires it, and who leaves it out may be somebody else than who registered it.
    allowOmittingSingleRegisteredRedirectUri: false,
    rotateRefreshToken: rotatesRefreshToken,
    interactions: {
      policy: policy(acrValues, settings),
      url: (_ctx, { uid }) => `/interaction/${uid}`,
    },
    cookies: cookies(settings.cookieKeys, settings.secure),
    ttl: lifetimes(settings.lifetime, settings.session, ports.clock),
    features: features({
      ...ports,
      clientPolicy: settings.clientPolicy,
      dpopNonceSecret: derivedSecret(pairwiseSalt, 'DPoP nonces'),
      logoutPages: pages,
    }),
    discovery: discovery(),
    clientBasedCORS: mayCallFrom,
    fetch: (address, init) => ports.outgoing(String(address), init),
    // Checked when a client is registered (`client-rules.ts`): no login hangs on a portal's document.
    sectorIdentifierUriValidate: () => false,
    renderError: pages.renderError,
  };
}

/** Every instance must make the same, and it must tell nothing of the secret that it is made from (RFC 5869). */
function derivedSecret(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}

function mutable<T extends Readonly<Record<string, readonly string[]>>>(claims: T): Record<string, string[]> {
  return Object.fromEntries(Object.entries(claims).map(([scope, names]) => [scope, [...names]]));
}
