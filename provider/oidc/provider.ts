/**
 * oidc-provider, configured. It owns the protocol and the only session; this folder tells it what Kapu wants and
 * knows no page and no store: what it needs of them comes in through {@link ProviderPorts}.
 */
import { timingSafeEqual } from 'node:crypto';
import { type AdapterFactory, type Configuration, type JWKS, Provider } from 'oidc-provider';
import type { AcrValues } from '../core/assurance.ts';
import { OWN_METADATA } from '../core/client.ts';
import { hashClientSecret } from '../flows/clients.ts';
import type { Accounts, Clock, OutgoingFetch } from '../flows/ports.ts';
import { accountClient } from './account-client.ts';
import { CLAIMS_OF_SCOPE, claimsOf, pairwiseSubject, refuseClaimsBeyondScope } from './claims.ts';
import { existingGrant, type GrantPorts } from './grants.ts';
import { policy } from './policy.ts';
import { type SessionLimits, sessionLife } from './session-life.ts';

export interface ProviderPorts extends GrantPorts {
  readonly accounts: Accounts;
  readonly adapterFor: AdapterFactory;
  /** Ends a session with all that hangs on it, so that no request in flight brings it back. */
  readonly endSession: (uid: string) => Promise<void>;
  /** False when the identifier was used before; `expiresAt` in milliseconds. Atomic. */
  readonly firstUse: (id: string, expiresAt: number) => Promise<boolean>;
  readonly clock: Clock;
  readonly outgoing: OutgoingFetch;
}

export interface Lifetimes {
  readonly authorizationCode: number;
  readonly accessToken: number;
  readonly idToken: number;
  readonly refreshToken: number;
  readonly pushedAuthorizationRequest: number;
  readonly interaction: number;
  readonly grant: number;
}

export interface ProviderSettings {
  readonly issuer: string;
  readonly acrValues: AcrValues;
  readonly jwks: JWKS;
  readonly cookieKeys: readonly string[];
  readonly pairwiseSalt: string;
  /** Seconds. */
  readonly lifetime: Lifetimes;
  readonly session: SessionLimits;
}

/** Pages of the product that oidc-provider shows in the course of the protocol. */
export type ProtocolPages = Pick<Configuration, 'renderError'> & {
  readonly logoutSource: NonNullable<
    NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>['logoutSource']
  >;
  readonly postLogoutSuccessSource: NonNullable<
    NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>['postLogoutSuccessSource']
  >;
};

export function createProvider(
  ports: ProviderPorts,
  settings: ProviderSettings,
  pages: ProtocolPages,
): Provider {
  const provider = new Provider(settings.issuer, configuration(ports, settings, pages));
  closeRaces(provider, ports);
  compareHashedSecrets(provider);
  return provider;
}

function configuration(
  ports: ProviderPorts,
  settings: ProviderSettings,
  pages: ProtocolPages,
): Configuration {
  const { acrValues, lifetime, session } = settings;
  const secure = settings.issuer.startsWith('https:');
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  return {
    adapter: ports.adapterFor,
    jwks: settings.jwks,
    clients: [accountClient(settings.issuer, acrValues)],
    findAccount: async (_ctx, id) => {
      const account = await ports.accounts.find(id);
      return account?.status === 'active' ? { accountId: id, claims: () => claimsOf(account) } : undefined;
    },
    loadExistingGrant: existingGrant(ports),
    claims: mutable(CLAIMS_OF_SCOPE),
    scopes: ['openid', 'offline_access', 'profile', 'email', 'natural_person'],
    acrValues: Object.values(acrValues),
    subjectTypes: ['pairwise', 'public'],
    pairwiseIdentifier: (_ctx, accountId, client) =>
      pairwiseSubject(settings.pairwiseSalt, String(client.sectorIdentifier ?? client.clientId), accountId),
    responseTypes: ['code', 'none'],
    pkce: { required: (_ctx, client) => client.require_pkce !== false },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    extraClientMetadata: { properties: [...OWN_METADATA] },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256', 'RS256', 'PS256'],
      clientAuthSigningAlgValues: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    },
    interactions: { policy: policy(acrValues), url: (_ctx, { uid }) => `/interaction/${uid}` },
    cookies: {
      keys: [...settings.cookieKeys],
      names: cookieNames(secure),
      long: cookie,
      short: cookie,
    },
    ttl: {
      AuthorizationCode: lifetime.authorizationCode,
      AccessToken: lifetime.accessToken,
      IdToken: lifetime.idToken,
      // Absolute: a rotated token inherits what is left of the first one's life.
      RefreshToken: (ctx, _token) =>
        Math.max(1, ctx?.oidc.entities.RotatedRefreshToken?.remainingTTL ?? lifetime.refreshToken),
      PushedAuthorizationRequest: lifetime.pushedAuthorizationRequest,
      Interaction: lifetime.interaction,
      Grant: lifetime.grant,
      Session: (_ctx, { loginTs }) => sessionLife(loginTs, Math.floor(ports.clock.now() / 1000), session),
    },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true, assertClaimsParameter: refuseClaimsBeyondScope },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.logoutSource,
        postLogoutSuccessSource: pages.postLogoutSuccessSource,
      },
      backchannelLogout: { enabled: false },
      resourceIndicators: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
    },
    clientBasedCORS: () => false,
    fetch: (address, init) => ports.outgoing(String(address), init),
    // Checked when a client is registered (`client-rules.ts`): no login hangs on a portal's document.
    sectorIdentifierUriValidate: () => false,
    ...(pages.renderError && { renderError: pages.renderError }),
  };
}

/** Over https no other host of the domain can plant them; those of one path can't have `__Host-`. */
function cookieNames(secure: boolean) {
  const [host, path] = secure ? ['__Host-', '__Secure-'] : ['', ''];
  return {
    session: `${host}kapu.session`,
    interaction: `${path}kapu.interaction`,
    resume: `${path}kapu.resume`,
  };
}

function mutable<T extends Readonly<Record<string, readonly string[]>>>(claims: T): Record<string, string[]> {
  return Object.fromEntries(Object.entries(claims).map(([scope, names]) => [scope, [...names]]));
}

/** The library looks and then writes in these places; under concurrency both lookers would win. */
function closeRaces(provider: Provider, { endSession, firstUse }: ProviderPorts): void {
  Object.assign(provider.ReplayDetection, {
    // Hashed where it is stored, as every id is.
    unique: (iss: string, jti: string, exp: number) => firstUse(`${iss}\u0000${jti}`, exp * 1000),
  });
  provider.Session.prototype.destroy = async function end() {
    await endSession(this.uid);
    Object.assign(this, { destroyed: true });
  };
}

/** Client secrets are stored hashed, so the presented one is hashed before it is compared. */
function compareHashedSecrets(provider: Provider): void {
  provider.Client.prototype.compareClientSecret = function compare(presented: string) {
    const hashed = Buffer.from(hashClientSecret(presented));
    const stored = Buffer.from(this.clientSecret ?? '');
    return stored.length === hashed.length && timingSafeEqual(stored, hashed);
  };
}
