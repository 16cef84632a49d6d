/** A relying party on openid-client, the library that portals know. */
import * as client from 'openid-client';
import type { TestKapu } from './kapu.ts';

export interface PortalOptions {
  readonly acr?: 'low' | 'substantial';
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface Visit {
  readonly url: string;
  /** Trades what came back for tokens; throws openid-client's errors. */
  arrive(callback: string): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>;
}

const REDIRECT_URI = 'https://portal.example.hu/callback';

export class Portal {
  readonly config: client.Configuration;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly acrValues: TestKapu['env']['acrValues'];

  private constructor(config: client.Configuration, clientId: string, redirectUri: string, kapu: TestKapu) {
    this.config = config;
    this.clientId = clientId;
    this.redirectUri = redirectUri;
    this.acrValues = kapu.env.acrValues;
  }

  static async join(kapu: TestKapu, { acr = 'low', metadata = {} }: PortalOptions = {}): Promise<Portal> {
    const registered = await kapu.registerClient({
      client_name: 'Teszt Portál',
      redirect_uris: [REDIRECT_URI],
      post_logout_redirect_uris: ['https://portal.example.hu/bye'],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid profile email natural_person offline_access',
      default_acr_values: [kapu.env.acrValues[acr]],
      ...metadata,
    });
    if (!registered.ok) throw new Error(`the portal could not be registered: ${JSON.stringify(registered)}`);
    return Portal.of(kapu, registered.metadata.client_id, registered.secret);
  }

  /** A portal whose client is registered already. */
  static async of(kapu: TestKapu, clientId: string, secret: string | undefined): Promise<Portal> {
    const config = await client.discovery(new URL(kapu.issuer), clientId, secret, undefined, {
      execute: [client.allowInsecureRequests],
    });
    return new Portal(config, clientId, REDIRECT_URI, kapu);
  }

  /** An authorization request with everything that a careful portal sends. */
  async visit(parameters: Readonly<Record<string, string>> = {}): Promise<Visit> {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(this.config, {
      redirect_uri: this.redirectUri,
      scope: 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...parameters,
    });
    const checks: client.AuthorizationCodeGrantChecks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    };
    if (parameters.max_age !== undefined) checks.maxAge = Number(parameters.max_age);
    return {
      url: url.href,
      arrive: (callback) => client.authorizationCodeGrant(this.config, new URL(callback), checks),
    };
  }
}
