/**
 * A portal under the FAPI 2.0 Security Profile: a key instead of a secret, requests pushed before the browser carries
 * them, tokens bound to a key. `portal.ts register` makes the key and prints the metadata to register.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import * as oidc from 'openid-client';
import { startPortal } from '../login.ts';
import { surroundings } from '../surroundings.ts';

const { issuer, port, url, clientId, variables } = surroundings(4005);
const KEY_FILE = variables.KEY_FILE ?? 'fapi-portal-key.json';

/** The private key never leaves the portal. */
async function ownKey(): Promise<JWK> {
  if (!existsSync(KEY_FILE)) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: crypto.randomUUID(), use: 'sig' };
    writeFileSync(KEY_FILE, JSON.stringify(key), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(KEY_FILE, 'utf8'));
}

async function metadata(): Promise<object> {
  const { d: _, ...publicKey } = await ownKey();
  return {
    client_name: 'FAPI',
    redirect_uris: [`${url}/callback`],
    post_logout_redirect_uris: [`${url}/bye`],
    backchannel_logout_uri: `${url}/backchannel-logout`,
    backchannel_logout_session_required: true,
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid profile email offline_access',
    fapi: true,
    jwks: { keys: [publicKey] },
  };
}

async function run(): Promise<void> {
  const { kid = '', ...key } = await ownKey();
  const signing = (await importJWK(key, 'ES256')) as CryptoKey;
  const config = await oidc.discovery(
    new URL(issuer),
    clientId,
    {},
    oidc.PrivateKeyJwt({ key: signing, kid }, { [oidc.modifyAssertion]: audienceIsIssuer }),
    { execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [] },
  );
  const proofs = await oidc.randomDPoPKeyPair('ES256');
  startPortal({ url, port, config, DPoP: oidc.getDPoPHandle(config, proofs), pushed: true });
}

/** FAPI 2.0 §5.3.3.1: the assertion is for the issuer and for nobody else. */
function audienceIsIssuer(_header: object, payload: Record<string, unknown>): void {
  payload.aud = issuer;
}

if (process.argv[2] === 'register') process.stdout.write(`${JSON.stringify(await metadata(), null, 2)}\n`);
else await run();
