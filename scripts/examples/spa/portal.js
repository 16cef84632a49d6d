/**
 * A portal without a server: authorization code with PKCE, no secret. The tokens live in this page's memory and end
 * with it. A portal that keeps personal data does better with a server of its own.
 */
const { issuer, clientId } = document.documentElement.dataset;
const SUBSTANTIAL = 'http://eidas.europa.eu/LoA/substantial';
const home = location.origin + location.pathname;
const element = (id) => document.getElementById(id);

let tokens;

const provider = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function logIn() {
  const request = { state: random(), nonce: random(), verifier: random() };
  // Only what must survive the way to the provider and back, and only in this tab.
  sessionStorage.setItem('request', JSON.stringify(request));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(request.verifier));
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: home,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    acr_values: SUBSTANTIAL,
    // offline_access, and with it a refresh token, is given when the person is asked.
    prompt: 'consent',
    state: request.state,
    nonce: request.nonce,
    code_challenge: base64url(digest),
    code_challenge_method: 'S256',
  });
  location.assign(`${provider.authorization_endpoint}?${query}`);
}

async function comeBack(response) {
  history.replaceState(undefined, '', home);
  const request = JSON.parse(sessionStorage.getItem('request') ?? '{}');
  sessionStorage.removeItem('request');
  if (response.get('state') !== request.state || response.get('iss') !== issuer)
    throw new Error('this login is over, please begin again');
  if (response.has('error')) throw new Error(response.get('error'));
  await trade({
    grant_type: 'authorization_code',
    code: response.get('code'),
    redirect_uri: home,
    code_verifier: request.verifier,
  });
  const { iss, aud, nonce, exp, acr } = claims();
  const ours = iss === issuer && aud === clientId && nonce === request.nonce && exp * 1000 > Date.now();
  if (!ours || acr !== SUBSTANTIAL) throw new Error('the answer is not what was asked for');
}

/** Each refresh token is good once: the new one takes its place before anything else happens. */
const refresh = () => trade({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });

async function trade(parameters) {
  const body = new URLSearchParams({ client_id: clientId, ...parameters });
  const response = await fetch(provider.token_endpoint, { method: 'POST', body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  tokens = { ...tokens, ...answer };
}

/** It came straight from the provider, over TLS (OpenID Connect Core §3.1.3.7 6). */
function claims() {
  const [, payload] = tokens.id_token.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function show() {
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const person = await (await fetch(provider.userinfo_endpoint, { headers })).json();
  if (person.sub !== claims().sub) throw new Error('the answers are about two people');
  element('heading').textContent = 'You are logged in';
  element('facts').textContent = JSON.stringify({ claims: claims(), person }, undefined, 2);
  element('login').hidden = true;
  element('refresh').hidden = element('logout').hidden = false;
}

function logOut() {
  const query = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: home });
  location.assign(`${provider.end_session_endpoint}?${query}`);
}

/** Runs something and says so when it fails. */
const attempt = (work) => async () => {
  try {
    await work();
  } catch (error) {
    element('heading').textContent = 'That did not work';
    element('facts').textContent = error.message;
  }
};

element('login').addEventListener('click', attempt(logIn));
element('logout').addEventListener('click', attempt(logOut));
element('refresh').addEventListener(
  'click',
  attempt(async () => {
    await refresh();
    await show();
    element('heading').textContent = 'Refreshed';
  }),
);
const response = new URLSearchParams(location.search);
if (response.has('state')) {
  await attempt(async () => {
    await comeBack(response);
    await show();
  })();
}
