/** A portal's part in logging people in and out, on `openid-client`, however its client proves who it is. */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { type Routes, servePortal } from './tiny-portal.ts';

const SUBSTANTIAL = 'http://eidas.europa.eu/LoA/substantial';
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

interface Session {
  readonly tokens: oidc.TokenEndpointResponse;
  readonly claims: oidc.IDToken;
  readonly person: oidc.UserInfoResponse;
  readonly refreshed_at?: number;
}

export interface Portal {
  readonly url: string;
  readonly port: number;
  readonly config: oidc.Configuration;
  /** Proofs of possession (RFC 9449). */
  readonly DPoP?: oidc.DPoPHandle;
  /** Whether the authorization request is pushed (RFC 9126). */
  readonly pushed?: boolean;
}

export function startPortal({ url, port, config, DPoP, pushed = false }: Portal): void {
  const { client_id } = config.clientMetadata();
  const options = DPoP ? { DPoP } : {};
  const { issuer, jwks_uri = '' } = config.serverMetadata();
  const keys = createRemoteJWKSet(new URL(jwks_uri));
  const sessions = new Map<string, Session>();
  /** Requests under way by their state: two tabs don't disturb each other. */
  const requests = new Map<string, { readonly verifier: string; readonly nonce: string }>();

  const routes: Routes<Session> = {
    'GET /': ({ session }) =>
      session
        ? { heading: 'You are logged in', facts: facts(session), links: ['/refresh', '/logout'] }
        : { heading: 'Welcome', links: ['/login'] },

    async 'GET /login'() {
      const [verifier, state, nonce] = [
        oidc.randomPKCECodeVerifier(),
        oidc.randomState(),
        oidc.randomNonce(),
      ];
      requests.set(state, { verifier, nonce });
      const parameters = {
        redirect_uri: `${url}/callback`,
        scope: 'openid profile email offline_access',
        acr_values: SUBSTANTIAL,
        // offline_access, and with it a refresh token, is given when the person is asked.
        prompt: 'consent',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      };
      const location = pushed
        ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, options)
        : oidc.buildAuthorizationUrl(config, parameters);
      return { location: location.href };
    },

    async 'GET /callback'({ url: callback }) {
      const state = callback.searchParams.get('state') ?? '';
      const request = requests.get(state);
      requests.delete(state);
      if (!request) return { status: 400, heading: 'This login is over. Please begin again.' };
      const checks = {
        pkceCodeVerifier: request.verifier,
        expectedState: state,
        expectedNonce: request.nonce,
      };
      const tokens = await oidc.authorizationCodeGrant(
        config,
        callback,
        { ...checks, idTokenExpected: true },
        undefined,
        options,
      );
      const claims = tokens.claims();
      // The level that was asked for is the level that must have been reached.
      if (claims?.acr !== SUBSTANTIAL) return { status: 403, heading: 'The level of the login is too low.' };
      const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub, options);
      return { location: '/', session: { tokens, claims, person } };
    },

    async 'GET /refresh'({ session }) {
      if (!session) return { location: '/login' };
      const { tokens: old, claims } = session;
      const tokens = await oidc.refreshTokenGrant(config, old.refresh_token ?? '', undefined, options);
      const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub, options);
      return {
        location: '/',
        session: { tokens: { ...old, ...tokens }, claims, person, refreshed_at: Date.now() },
      };
    },

    'GET /logout': ({ session }) => {
      const hint = { id_token_hint: session?.tokens.id_token ?? '', post_logout_redirect_uri: `${url}/bye` };
      return session
        ? { location: oidc.buildEndSessionUrl(config, hint).href, session: null }
        : { location: '/' };
    },

    'GET /bye': () => ({ heading: 'You have left' }),

    /** OpenID Connect Back-Channel Logout 1.0 §2.6. */
    async 'POST /backchannel-logout'({ form }) {
      const { payload } = await jwtVerify(form.get('logout_token') ?? '', keys, {
        issuer,
        audience: client_id,
        typ: 'logout+jwt',
        algorithms: ['ES256'],
        requiredClaims: ['sid', 'jti', 'iat', 'exp', 'events'],
      });
      if (!Object.hasOwn(payload.events as object, LOGOUT_EVENT) || 'nonce' in payload)
        return { status: 400, heading: 'no logout token' };
      for (const [id, session] of sessions) if (session.claims.sid === payload.sid) sessions.delete(id);
      return { status: 200 };
    },
  };
  servePortal(url, port, routes, sessions);
}

const facts = ({ claims, person, refreshed_at }: Session) => ({ claims, person, refreshed_at });
