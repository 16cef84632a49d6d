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

/** Requests under way by their state: two tabs don't disturb each other. */
type Requests = Map<string, { readonly verifier: string; readonly nonce: string }>;

type Route = Routes<Session>[string];

export function startPortal(portal: Portal): void {
  const requests: Requests = new Map();
  const sessions = new Map<string, Session>();
  servePortal(
    portal.url,
    portal.port,
    {
      'GET /': home,
      'GET /login': logIn(portal, requests),
      'GET /callback': comeBack(portal, requests),
      'GET /refresh': refresh(portal),
      'GET /logout': logOut(portal),
      'GET /bye': () => ({ heading: 'You have left' }),
      'POST /backchannel-logout': hearOfLogout(portal, sessions),
    },
    sessions,
  );
}

const home: Route = ({ session }) => {
  if (!session) return { heading: 'Welcome', links: ['/login'] };
  const { tokens: _, ...facts } = session;
  return { heading: 'You are logged in', facts, links: ['/refresh', '/logout'] };
};

const proofs = ({ DPoP }: Portal) => (DPoP ? { DPoP } : {});

function logIn(portal: Portal, requests: Requests): Route {
  const { config, url, pushed } = portal;
  return async () => {
    const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
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
      ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, proofs(portal))
      : oidc.buildAuthorizationUrl(config, parameters);
    return { location: location.href };
  };
}

function comeBack(portal: Portal, requests: Requests): Route {
  const { config } = portal;
  return async ({ url: callback }) => {
    const state = callback.searchParams.get('state') ?? '';
    const request = requests.get(state);
    requests.delete(state);
    if (!request) return { status: 400, heading: 'This login is over. Please begin again.' };
    const checks = {
      pkceCodeVerifier: request.verifier,
      expectedState: state,
      expectedNonce: request.nonce,
      idTokenExpected: true,
    };
    const tokens = await oidc.authorizationCodeGrant(config, callback, checks, undefined, proofs(portal));
    const claims = tokens.claims();
    // The level that was asked for is the level that must have been reached.
    if (claims?.acr !== SUBSTANTIAL) return { status: 403, heading: 'The level of the login is too low.' };
    const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub, proofs(portal));
    return { location: '/', session: { tokens, claims, person } };
  };
}

function refresh(portal: Portal): Route {
  const { config } = portal;
  return async ({ session }) => {
    if (!session) return { location: '/login' };
    const { tokens: old, claims } = session;
    const fresh = await oidc.refreshTokenGrant(config, old.refresh_token ?? '', undefined, proofs(portal));
    const person = await oidc.fetchUserInfo(config, fresh.access_token, claims.sub, proofs(portal));
    const tokens = { ...old, ...fresh };
    return { location: '/', session: { tokens, claims, person, refreshed_at: Date.now() } };
  };
}

function logOut({ config, url }: Portal): Route {
  return ({ session }) => {
    if (!session) return { location: '/' };
    const hint = { id_token_hint: session.tokens.id_token ?? '', post_logout_redirect_uri: `${url}/bye` };
    return { location: oidc.buildEndSessionUrl(config, hint).href, session: null };
  };
}

/** OpenID Connect Back-Channel Logout 1.0 §2.6. */
function hearOfLogout({ config }: Portal, sessions: Map<string, Session>): Route {
  const { issuer, jwks_uri = '' } = config.serverMetadata();
  const keys = createRemoteJWKSet(new URL(jwks_uri));
  return async ({ form }) => {
    const { payload } = await jwtVerify(form.get('logout_token') ?? '', keys, {
      issuer,
      audience: config.clientMetadata().client_id,
      typ: 'logout+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['sid', 'jti', 'iat', 'exp', 'events'],
    });
    if (!Object.hasOwn(payload.events as object, LOGOUT_EVENT) || 'nonce' in payload)
      return { status: 400, heading: 'no logout token' };
    for (const [id, { claims }] of sessions) if (claims.sid === payload.sid) sessions.delete(id);
    return { status: 200 };
  };
}
