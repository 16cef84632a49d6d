/** What people and portals do, request by request, at Kapu and at the bare yardstick. */
import { createHash, randomBytes } from 'node:crypto';
import { generateSync } from 'otplib';
import { type Answer, Browser, locationOf } from './http.ts';

/** Somebody who can log in; at the yardstick without a secret. */
export interface Person {
  readonly username: string;
  readonly password: string;
  readonly totpSecret?: string;
}

export interface Relying {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly scope: string;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token: string;
}

const basic = ({ clientId, clientSecret }: Relying) =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

/** A refresh token takes a consent that names it (OpenID Connect Core §11). */
function authorization({ clientId, redirectUri, scope }: Relying) {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    state: randomBytes(8).toString('base64url'),
    nonce: randomBytes(8).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(scope.includes('offline_access') && { prompt: 'consent' }),
  });
  return { verifier, href: `/auth?${query}` };
}

/** Sends the form of the page that is shown, whose address ends with `step`. */
async function submit(
  browser: Browser,
  page: Answer,
  step: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const action = new RegExp(`action="([^"]*/${step})"`).exec(page.body)?.[1];
  if (!action) throw new Error(`no form for ${step} on a page with status ${page.status}`);
  const csrf = /name="_csrf" value="([^"]*)"/.exec(page.body)?.[1];
  return locationOf(await browser.post(action, { ...(csrf !== undefined && { _csrf: csrf }), ...fields }));
}

/** From the portal's redirect back to the portal; answers where the browser was sent. */
export type SignIn = (browser: Browser, relying: Relying, person: Person, href: string) => Promise<string>;

/** Chooser and password; answers the page that follows. */
async function throughPassword(browser: Browser, { username, password }: Person, href: string) {
  let page = await browser.get(locationOf(await browser.get(href)));
  if (page.body.includes('/method"')) {
    page = await browser.get(await submit(browser, page, 'method', { method: 'totp' }));
  }
  return browser.get(await submit(browser, page, 'password', { username, password }));
}

/** From the last step of a login to the portal, past a consent where one is asked for. */
async function backToPortal(browser: Browser, resume: string): Promise<string> {
  const arrived = locationOf(await browser.get(resume));
  if (!arrived.startsWith('/interaction/')) return arrived;
  const page = await browser.get(arrived);
  return locationOf(await browser.get(await submit(browser, page, 'consent', {})));
}

/** Chooser, password, code. */
export const kapuSignIn: SignIn = async (browser, _relying, person, href) => {
  const page = await throughPassword(browser, person, href);
  const code = generateSync({ secret: String(person.totpSecret) });
  return backToPortal(browser, await submit(browser, page, 'code', { code }));
};

/** Chooser, password, and all pages of pairing an app, for who has none. */
export const kapuEnrolment: SignIn = async (browser, _relying, person, href) => {
  let page = await throughPassword(browser, person, href);
  page = await browser.get(await submit(browser, page, 'enrol', {}));
  const secret = /otpauth:[^"]*secret=([A-Z2-7]+)/.exec(page.body)?.[1];
  if (!secret) throw new Error(`no otpauth link on a page with status ${page.status}`);
  const paired = { password: person.password, code: generateSync({ secret }) };
  page = await browser.get(await submit(browser, page, 'pair', paired));
  page = await browser.get(await submit(browser, page, 'deletion-code', { saved: 'yes' }));
  const next = await browser.get(await submit(browser, page, 'enrolled', {}));
  return backToPortal(browser, locationOf(next));
};

/** One page with one form. */
export const bareSignIn: SignIn = async (browser, _relying, { username }, href) => {
  const page = await browser.get(locationOf(await browser.get(href)));
  const resume = await submit(browser, page, 'login', { username });
  return locationOf(await browser.get(resume));
};

async function tokensFor(
  browser: Browser,
  relying: Relying,
  callback: string,
  verifier: string,
): Promise<Tokens> {
  const code = new URL(callback).searchParams.get('code');
  if (!code) throw new Error(`the portal got no code: ${callback}`);
  const { redirectUri } = relying;
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  return parsed(await browser.post('/token', form, basic(relying)));
}

/** A complete login: authorize, sign in, code, token, userinfo. */
export async function login(signIn: SignIn, relying: Relying, person: Person) {
  const browser = new Browser(relying.issuer);
  const { verifier, href } = authorization(relying);
  const tokens = await tokensFor(browser, relying, await signIn(browser, relying, person, href), verifier);
  await userinfo(browser, tokens);
  return { browser, tokens };
}

/** The first request of a login, and no more. */
export async function knock(browser: Browser, relying: Relying): Promise<void> {
  locationOf(await browser.get(authorization(relying).href));
}

/** Single sign-on: a live session, a code, tokens. */
export async function singleSignOn(browser: Browser, relying: Relying): Promise<Tokens> {
  const { verifier, href } = authorization(relying);
  return tokensFor(browser, relying, locationOf(await browser.get(href)), verifier);
}

export async function refresh(
  browser: Browser,
  relying: Relying,
  { refresh_token = '' }: Tokens,
): Promise<Tokens> {
  const form = { grant_type: 'refresh_token', refresh_token };
  return parsed(await browser.post('/token', form, basic(relying)));
}

export async function userinfo(browser: Browser, { access_token }: Tokens): Promise<void> {
  parsed(await browser.withToken('/me', access_token));
}

export async function introspect(
  browser: Browser,
  relying: Relying,
  { access_token }: Tokens,
): Promise<void> {
  const answer = parsed<{ active: boolean }>(
    await browser.post('/token/introspection', { token: access_token }, basic(relying)),
  );
  if (!answer.active) throw new Error('introspection says that the token is not active');
}

export async function discovery(browser: Browser): Promise<void> {
  parsed(await browser.get('/.well-known/openid-configuration'));
}

function parsed<T>({ status, body }: Answer): T {
  if (status !== 200) throw new Error(`${status}: ${body.slice(0, 300)}`);
  return JSON.parse(body);
}
