/** A portal's software, message by message: every detail of what it sends can be left out, changed or sent twice. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, SignJWT } from 'jose';
import type { TestKapu } from './kapu.ts';

export type Fields = Readonly<Record<string, string | undefined>>;

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly headers: Headers;
}

export interface Spoiled {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

export interface Sending {
  readonly assertion?: Spoiled | 'none';
  readonly proof?: Spoiled | 'none';
  readonly headers?: Readonly<Record<string, string>>;
}

export const VERIFIER = 'a verifier of forty-three characters or more'.replaceAll(' ', '-');
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

export const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Through JSON, as it comes from a portal: jest's own realm would be another one. */
export function publicJwk(key: KeyObject, more: object = {}): object {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk } = key.export({ format: 'jwk' });
  return JSON.parse(JSON.stringify({ ...jwk, ...more }));
}

export class Software {
  readonly kapu: TestKapu;
  readonly clientId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly secret: string | undefined;
  readonly key = newKey();
  readonly dpopKey = newKey();
  readonly redirectUri = 'https://portal.example.hu/callback';
  #nonce: string | undefined;

  private constructor(kapu: TestKapu, clientId: string, metadata: object, secret: string | undefined) {
    this.kapu = kapu;
    this.clientId = clientId;
    this.metadata = { ...metadata };
    this.secret = secret;
  }

  /** `metadata` may be made from the software's own key. */
  static async join(kapu: TestKapu, metadata: object | ((jwks: object) => object) = {}): Promise<Software> {
    const key = newKey();
    const jwks = JSON.parse(JSON.stringify({ keys: [publicJwk(key, { kid: 'k1', alg: 'ES256' })] }));
    const registered = await kapu.registerClient({
      client_name: 'Teszt Portál',
      redirect_uris: ['https://portal.example.hu/callback'],
      post_logout_redirect_uris: ['https://portal.example.hu/bye', 'https://portal.example.hu/bye?a=b'],
      grant_types: ['authorization_code', 'refresh_token'],
      default_acr_values: [kapu.env.acrValues.low],
      ...(typeof metadata === 'function' ? metadata(jwks) : metadata),
    });
    if (!registered.ok) throw new Error(`not registered: ${JSON.stringify(registered)}`);
    const made = new Software(kapu, registered.metadata.client_id, registered.metadata, registered.secret);
    return Object.assign(made, { key });
  }

  static joinFapi(kapu: TestKapu, metadata: object = {}): Promise<Software> {
    return Software.join(kapu, (jwks) => ({ fapi: true, jwks, ...metadata }));
  }

  get #usesKey(): boolean {
    return this.metadata.token_endpoint_auth_method === 'private_key_jwt';
  }

  get #usesProofs(): boolean {
    return this.metadata.dpop_bound_access_tokens === true;
  }

  /** The parameters of an authorization request, with everything that a careful portal sends. */
  request(parameters: Fields = {}): Record<string, string> {
    const all: Fields = {
      client_id: this.clientId,
      response_type: 'code',
      redirect_uri: this.redirectUri,
      scope: 'openid',
      state: 'the state',
      nonce: 'the nonce',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...parameters,
    };
    return present(all);
  }

  href(parameters: Fields = {}): string {
    return `/auth?${new URLSearchParams(this.request(parameters))}`;
  }

  async push(parameters: Fields = {}, sending: Sending = {}): Promise<Answer> {
    return this.post('/request', this.request(parameters), { proof: 'none', ...sending });
  }

  /** Where a pushed request goes on. */
  pushedHref(requestUri: unknown, more: Fields = {}): string {
    const parameters = { client_id: this.clientId, request_uri: String(requestUri), ...more };
    return `/auth?${new URLSearchParams(present(parameters))}`;
  }

  redeem(code: string, fields: Fields = {}, sending: Sending = {}): Promise<Answer> {
    const all = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.redirectUri,
      code_verifier: VERIFIER,
      ...fields,
    };
    return this.post('/token', all, sending);
  }

  refresh(token: unknown, fields: Fields = {}, sending: Sending = {}): Promise<Answer> {
    return this.post(
      '/token',
      { grant_type: 'refresh_token', refresh_token: String(token), ...fields },
      sending,
    );
  }

  /** Posts a form as this client; a wanted nonce is learnt and the request sent again, as libraries do. */
  async post(path: string, fields: Fields, sending: Sending = {}): Promise<Answer> {
    const answer = await this.#send(path, fields, sending);
    if (answer.body.error !== 'use_dpop_nonce' || sending.proof !== undefined) return answer;
    return this.#send(path, fields, sending);
  }

  async #send(path: string, fields: Fields, { assertion, proof, headers = {} }: Sending): Promise<Answer> {
    const proofs = proof !== 'none' && (proof || this.#usesProofs);
    const all = {
      ...(await this.#identified(assertion)),
      ...headers,
      ...(proofs && { dpop: await this.proof('POST', path, proof) }),
    };
    const body = new URLSearchParams(present({ ...(await this.#identity(assertion)), ...fields }));
    return this.#received(await fetch(this.kapu.issuer + path, { method: 'POST', headers: all, body }));
  }

  async #received(response: Response): Promise<Answer> {
    this.#nonce = response.headers.get('dpop-nonce') ?? this.#nonce;
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {};
    return { status: response.status, body: json, text, headers: response.headers };
  }

  async #identified(assertion: Sending['assertion']): Promise<Record<string, string>> {
    const method = this.metadata.token_endpoint_auth_method ?? 'client_secret_basic';
    if (assertion === 'none' || method !== 'client_secret_basic') return {};
    const pair = [this.clientId, this.secret ?? ''].map(encodeURIComponent).join(':');
    return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  }

  async #identity(assertion: Sending['assertion']): Promise<Fields> {
    if (assertion === 'none') return { client_id: this.clientId };
    if (this.metadata.token_endpoint_auth_method === 'client_secret_post')
      return { client_id: this.clientId, client_secret: this.secret };
    if (!this.#usesKey)
      return this.metadata.token_endpoint_auth_method === 'none' ? { client_id: this.clientId } : {};
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await this.assertion(assertion),
    };
  }

  /** What an assertion says that nothing is wrong with. */
  assertionClaims(): object {
    const now = Math.floor(Date.now() / 1000);
    const { clientId, kapu } = this;
    return {
      iss: clientId,
      sub: clientId,
      aud: kapu.issuer,
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
    };
  }

  assertion({ claims = {}, header = {}, key = this.key }: Spoiled = {}): Promise<string> {
    return signed({ ...this.assertionClaims(), ...claims }, { alg: 'ES256', kid: 'k1', ...header }, key);
  }

  proof(method: string, path: string, spoiled: Spoiled = {}): Promise<string> {
    const { claims = {}, header = {}, key = this.dpopKey } = spoiled;
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      jti: randomUUID(),
      htm: method,
      htu: this.kapu.issuer + path,
      iat: now,
      nonce: this.#nonce,
    };
    return signed(
      { ...usual, ...claims },
      { alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk(key), ...header },
      key,
    );
  }

  thumbprint(key = this.dpopKey): Promise<string> {
    return calculateJwkThumbprint(key.export({ format: 'jwk' }) as never);
  }

  /** `/me` as the token's owner; `proof` for tokens bound to a key. */
  async userinfo(token: unknown, { proof, headers = {} }: Sending = {}): Promise<Answer> {
    const ask = async () => {
      const bound = proof !== 'none' && (proof || this.#usesProofs);
      const ath = createHash('sha256').update(String(token)).digest('base64url');
      const spoiled = typeof proof === 'object' ? proof : {};
      const made =
        bound && (await this.proof('GET', '/me', { ...spoiled, claims: { ath, ...spoiled.claims } }));
      const authorization = `${bound ? 'DPoP' : 'Bearer'} ${token}`;
      const all = { authorization, ...(made && { dpop: made }), ...headers };
      return this.#received(await fetch(`${this.kapu.issuer}/me`, { headers: all }));
    };
    const answer = await ask();
    const wantsNonce = answer.headers.get('www-authenticate')?.includes('use_dpop_nonce');
    return wantsNonce && proof === undefined ? ask() : answer;
  }
}

function signed(claims: object, header: object, key: KeyObject): Promise<string> {
  return new SignJWT(JSON.parse(JSON.stringify(claims))).setProtectedHeader({ ...header } as never).sign(key);
}

function present(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
