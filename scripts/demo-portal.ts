/**
 * A portal as small as can be, on `openid-client` as a portal's own programmers would use it: code flow with PKCE,
 * state and nonce, level by `acr_values`, logout at the provider. For the demo and the tests.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa, { type Context } from 'koa';
import * as oidc from 'openid-client';
import { EnvError } from '../config/env.ts';
import { discoverer } from './demo/portal-discovery.ts';
import { errorPages, loggedOut, noSuchPage, staleResponse } from './demo/portal-messages.ts';
import { homePage, visitorPage } from './demo/portal-pages.ts';
import { portalSessions } from './demo/portal-sessions.ts';

export interface DemoPortalOptions {
  readonly issuer: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly acrValues: { readonly low: string; readonly substantial: string };
  readonly host?: string;
}

export interface DemoPortal {
  /** The portal's origin; its redirect URI is `/callback` there, its post-logout redirect URI `/logged-out`. */
  readonly url: string;
  stop(): Promise<void>;
}

const COOKIE = 'demo-portal';
/** What the portal asks for, and what its client must be allowed. */
export const SCOPE = 'openid profile email natural_person';

const style = readFileSync(new URL('./demo/portal.css', import.meta.url), 'utf8');

export async function startDemoPortal(options: DemoPortalOptions): Promise<DemoPortal> {
  const { host = 'localhost', issuer } = options;
  const server = createServer();
  await listening(server, options.port, host);
  const url = `http://${new URL(issuer).hostname}:${(server.address() as AddressInfo).port}`;

  const app = new Koa();
  app.silent = true;
  app.use(headers(new URL(issuer).origin));
  app.use(errorPages);
  app.use(portal(url, discoverer(options), options.acrValues));
  server.on('request', app.callback());
  return { url, stop: () => closed(server) };
}

type Answer = (ctx: Context) => void | Promise<void>;

function portal(
  url: string,
  configuration: () => Promise<oidc.Configuration>,
  acrValues: DemoPortalOptions['acrValues'],
): Koa.Middleware {
  const sessions = portalSessions();
  const sessionOf = (ctx: Context) => sessions.find(ctx.cookies.get(COOKIE));
  const remember = (ctx: Context, id: string) =>
    ctx.cookies.set(COOKIE, id, { httpOnly: true, sameSite: 'lax' });

  function home(ctx: Context): void {
    const visitor = sessionOf(ctx)?.visitor;
    ctx.body = visitor ? visitorPage(visitor, visitor.idToken.acr === acrValues.substantial) : homePage();
  }

  const logIn =
    (acr: string): Answer =>
    async (ctx) => {
      const config = await configuration();
      const codeVerifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      remember(ctx, sessions.expect(ctx.cookies.get(COOKIE), state, { codeVerifier, nonce }));
      const location = oidc.buildAuthorizationUrl(config, {
        redirect_uri: `${url}/callback`,
        scope: SCOPE,
        acr_values: acr,
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      ctx.redirect(location.href);
    };

  async function comeBack(ctx: Context): Promise<void> {
    const session = sessionOf(ctx);
    const state = String(ctx.query.state);
    const request = session?.requests.get(state);
    if (!request) {
      ctx.status = 400;
      ctx.body = staleResponse;
      return;
    }
    session?.requests.delete(state);
    const config = await configuration();
    const tokens = await oidc.authorizationCodeGrant(config, new URL(`/callback${ctx.search}`, url), {
      pkceCodeVerifier: request.codeVerifier,
      expectedState: state,
      expectedNonce: request.nonce,
      idTokenExpected: true,
    });
    const idToken = tokens.claims() ?? { sub: '' };
    const userInfo = await oidc.fetchUserInfo(config, tokens.access_token, idToken.sub);
    const known = ctx.cookies.get(COOKIE);
    if (known !== undefined) sessions.end(known);
    const visitor = { idToken: { ...idToken }, userInfo, rawIdToken: tokens.id_token ?? '' };
    remember(ctx, sessions.begin({ requests: session?.requests ?? new Map(), visitor }));
    ctx.status = 303;
    ctx.redirect('/');
  }

  async function logOut(ctx: Context): Promise<void> {
    const id = ctx.cookies.get(COOKIE);
    const visitor = sessionOf(ctx)?.visitor;
    if (id !== undefined) sessions.end(id);
    ctx.cookies.set(COOKIE);
    ctx.status = 303;
    ctx.redirect(visitor ? (await endSession(visitor.rawIdToken)).href : '/');
  }

  async function endSession(rawIdToken: string): Promise<URL> {
    return oidc.buildEndSessionUrl(await configuration(), {
      id_token_hint: rawIdToken,
      post_logout_redirect_uri: `${url}/logged-out`,
    });
  }

  const answers: Readonly<Record<string, Answer>> = {
    'GET /': home,
    'GET /login': logIn(acrValues.low),
    'GET /login/plus': logIn(acrValues.substantial),
    'GET /callback': comeBack,
    'POST /logout': logOut,
    'GET /logged-out': (ctx) => {
      ctx.body = loggedOut;
    },
    'GET /style.css': (ctx) => {
      ctx.type = 'css';
      ctx.body = style;
    },
  };

  return async (ctx) => {
    const route = `${ctx.method === 'HEAD' ? 'GET' : ctx.method} ${ctx.path}`;
    const answer = Object.hasOwn(answers, route) ? answers[route] : undefined;
    if (answer) {
      await answer(ctx);
    } else {
      ctx.status = 404;
      ctx.body = noSuchPage;
    }
  };
}

function headers(issuer: string): Koa.Middleware {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    'img-src data:',
    `form-action 'self' ${issuer}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return async (ctx, next) => {
    ctx.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    });
    await next();
  };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new EnvError([`DEMO_PORTAL_PORT: ${port} is in use on ${host}`])
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
