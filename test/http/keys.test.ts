/** Signing keys as portals meet them: rotated, upgraded, forged. And the keys of cookies and of what is sealed. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { secretBox } from '../../adapters/secret-box.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm, stateOf } from '../../provider/core/signing-key.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { HOURS, releaseClock, stopClock, travel } from '../support/time.ts';

const DAYS = 24 * HOURS;

async function keySetOf({ issuer }: TestKapu): Promise<JSONWebKeySet> {
  return (await fetch(`${issuer}/jwks`)).json() as Promise<JSONWebKeySet>;
}

const kidsOf = ({ keys }: JSONWebKeySet) => keys.map(({ kid }) => kid);

/** One portal for each algorithm. */
async function portalsAt(kapu: TestKapu): Promise<Map<SigningAlgorithm, Portal>> {
  const portals = new Map<SigningAlgorithm, Portal>();
  for (const alg of SIGNING_ALGORITHMS) {
    portals.set(alg, await Portal.join(kapu, { metadata: { id_token_signed_response_alg: alg } }));
  }
  return portals;
}

/** Logs somebody in at each portal. The portal's library has checked the signature with the key set that it fetched. */
async function idTokensAt(kapu: TestKapu, portals: Map<SigningAlgorithm, Portal>) {
  const citizen = await Citizen.born(kapu);
  const tokens = new Map<SigningAlgorithm, string>();
  for (const [alg, portal] of portals) tokens.set(alg, (await citizen.logsIn(portal)).id_token ?? '');
  return tokens;
}

function kidOf(token: string | undefined): string | undefined {
  return decodeProtectedHeader(token ?? '').kid;
}

async function signersOf(kapu: TestKapu): Promise<Map<SigningAlgorithm, string>> {
  const keys = await kapu.signingKeys.list();
  return new Map(keys.filter((key) => stateOf(key) === 'signing').map(({ alg, kid }) => [alg, kid]));
}

/** As a portal would that fetched `keySet` once and keeps it. */
async function verifiedWith(keySet: JSONWebKeySet, tokens: Iterable<string>): Promise<void> {
  for (const token of tokens) await jwtVerify(token, createLocalJWKSet(keySet));
}

/** What a logout answers to a token as a hint: the provider's own verdict on what it has signed. */
async function verdictOn(kapu: TestKapu, hint: string): Promise<number> {
  const page = await new Browser(kapu.issuer).open(
    `/session/end?${new URLSearchParams({ id_token_hint: hint })}`,
  );
  return page.status;
}

describe('signing keys', () => {
  let kapu: TestKapu;
  let portals: Map<SigningAlgorithm, Portal>;

  beforeAll(async () => {
    stopClock();
    kapu = await startKapu();
    portals = await portalsAt(kapu);
  });
  afterAll(async () => {
    await kapu.stop();
    releaseClock();
  });

  it('each algorithm of the discovery document signs, and no other is in it', async () => {
    const discovery = await (await fetch(`${kapu.issuer}/.well-known/openid-configuration`)).json();
    expect(discovery.id_token_signing_alg_values_supported.toSorted()).toEqual(
      [...SIGNING_ALGORITHMS].toSorted(),
    );
    const tokens = await idTokensAt(kapu, portals);
    for (const [alg, token] of tokens) expect(decodeProtectedHeader(token).alg).toBe(alg);
    const answer = await fetch(`${kapu.issuer}/jwks`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=900');
    expect(answer.headers.get('content-type')).toContain('application/jwk-set+json');
    const { keys } = (await answer.json()) as JSONWebKeySet;
    expect(keys.map(({ alg }) => alg)).toEqual([...SIGNING_ALGORITHMS]);
    for (const key of keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'key_ops'])
        expect(key).not.toHaveProperty(secret);
    }
    const { n = '' } = keys.find(({ alg }) => alg === 'RS256') ?? {};
    expect(Buffer.from(n, 'base64url')).toHaveLength(3072 / 8);
  });

  it('rotate without a failed login: in every state a portal verifies with what it has kept, for a day', async () => {
    const before = await signersOf(kapu);
    const kept = await keySetOf(kapu);
    await kapu.signingKeys.rotate(SIGNING_ALGORITHMS, false);
    await kapu.refreshKeys();
    expect((await keySetOf(kapu)).keys).toHaveLength(8);

    const early = await idTokensAt(kapu, portals);
    for (const [alg, token] of early) expect(kidOf(token)).toBe(before.get(alg));
    await verifiedWith(kept, early.values());

    const keptLater = await keySetOf(kapu);
    travel(1 * DAYS);
    await kapu.refreshKeys();
    const late = await idTokensAt(kapu, portals);
    const after = await signersOf(kapu);
    for (const [alg, token] of late) {
      expect(kidOf(token)).toBe(after.get(alg));
      expect(kidOf(token)).not.toBe(before.get(alg));
    }
    await verifiedWith(keptLater, late.values());
    for (const token of early.values()) expect(await verdictOn(kapu, token)).toBe(200);

    travel(15 * DAYS);
    await kapu.refreshKeys();
    expect(kidsOf(await keySetOf(kapu)).toSorted()).toEqual([...after.values()].toSorted());
    for (const token of early.values()) expect(await verdictOn(kapu, token)).toBe(400);
    for (const token of late.values()) expect(await verdictOn(kapu, token)).toBe(200);
  });

  it('a leaked key: retired at once it is out of the set, what it signed is refused, and logins go on', async () => {
    const leaked = (await signersOf(kapu)).get('ES256') ?? '';
    const portal = portals.get('ES256') as Portal;
    const citizen = await Citizen.born(kapu);
    const token = (await citizen.logsIn(portal)).id_token ?? '';
    await kapu.signingKeys.retire(leaked, true);
    await kapu.refreshKeys();
    expect(kidsOf(await keySetOf(kapu))).not.toContain(leaked);
    expect(await verdictOn(kapu, token)).toBe(400);
    const fresh = (await citizen.logsIn(portal)).id_token;
    expect(kidOf(fresh)).toBe((await signersOf(kapu)).get('ES256'));
    expect(kidOf(fresh)).not.toBe(leaked);
  });

  describe('forged tokens are refused', () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = () => ({
      iss: kapu.issuer,
      aud: String(portals.get('ES256')?.clientId),
      sub: 'x',
      iat: 1,
      exp: 9e9,
    });

    it('alg none', async () => {
      expect(await verdictOn(kapu, `${part({ alg: 'none' })}.${part(claims())}.`)).toBe(400);
    });

    it.each(['RS256', 'ES256', 'EdDSA'] as const)(
      'HS256 with the public key of %s for a secret',
      async (alg) => {
        const key = (await keySetOf(kapu)).keys.find((one) => one.alg === alg);
        for (const secret of [JSON.stringify(key), String(key?.x ?? key?.n)]) {
          const text = `${part({ alg: 'HS256', kid: key?.kid })}.${part(claims())}`;
          const forged = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
          expect(await verdictOn(kapu, forged)).toBe(400);
        }
      },
    );

    it.each([
      ['of no key', 'nobody'],
      ['that leads elsewhere', '../../dev/null'],
      ['of ours, another key', undefined],
    ])('a kid %s', async (_, kid) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const named = kid ?? (await signersOf(kapu)).get('ES256');
      const header = { alg: 'ES256', ...(named !== undefined && { kid: named }) };
      const forged = await new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
      expect(await verdictOn(kapu, forged)).toBe(400);
    });

    it('a key that comes with the token (jwk, jku, x5u)', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = publicKey.export({ format: 'jwk' });
      const elsewhere = 'https://evil.example.hu/jwks';
      for (const header of [{ jwk }, { jku: elsewhere }, { x5u: elsewhere }]) {
        const signed = new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', ...header });
        expect(await verdictOn(kapu, await signed.sign(privateKey))).toBe(400);
      }
    });
  });
});

describe('signing keys of version 0.1', () => {
  it('go on signing after the upgrade, and get successors in their time', async () => {
    stopClock();
    const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export({ format: 'jwk' });
    const keys = [
      { ...es256, kid: 'old-ec', use: 'sig', alg: 'ES256' },
      { ...rsa, kid: 'old-rsa', use: 'sig' },
    ];
    const kapu = await startKapu({
      async prepare({ secretKeys }, store) {
        const value = secretBox(secretKeys, () => {}).seal(JSON.stringify({ keys }), 'signing-keys');
        await store.commit('keys', [{ kind: 'put', name: 'signing', value }]);
      },
    });
    const portals = await portalsAt(kapu);
    const signedBy = async () => [...(await idTokensAt(kapu, portals)).values()].map(kidOf);
    expect(await signedBy()).toEqual(['old-ec', 'old-rsa', 'old-rsa', expect.any(String)]);
    travel(1 * DAYS);
    await kapu.refreshKeys();
    const [ec, rs, ps] = await signedBy();
    expect([ec, rs]).toEqual(['old-ec', 'old-rsa']);
    expect(ps).toBe((await signersOf(kapu)).get('PS256'));
    await kapu.stop();
    releaseClock();
  });
});
