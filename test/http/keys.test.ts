/** Signing keys as portals meet them: rotated, upgraded, forged. And the keys of cookies and of what is sealed. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader, type JSONWebKeySet, SignJWT } from 'jose';
import { secretBox } from '../../adapters/secret-box.ts';
import type { Authenticator } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm, stateOf } from '../../provider/core/signing-key.ts';
import { secretContext } from '../../provider/flows/authenticators.ts';
import type { Accounts } from '../../provider/flows/ports.ts';
import { resealing, sealedInAccounts } from '../../provider/flows/resealing.ts';
import { Browser } from '../support/browser.ts';
import { Citizen } from '../support/citizen.ts';
import { newFolder } from '../support/folders.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';
import { freePort } from '../support/ports.ts';
import { startRedis } from '../support/redis-server.ts';
import { HOURS, releaseClock, stopClock, travel } from '../support/time.ts';
import { keySetAt, startTwins, verifiedWith } from '../support/twins.ts';
import { useKapu } from '../support/use-kapu.ts';

const DAYS = 24 * HOURS;

const kidsOf = ({ keys }: JSONWebKeySet) => keys.map(({ kid }) => kid);

/** One portal for each algorithm. */
async function portalsAt(kapu: TestKapu): Promise<Map<SigningAlgorithm, Portal>> {
  const portals = new Map<SigningAlgorithm, Portal>();
  for (const alg of SIGNING_ALGORITHMS) {
    portals.set(alg, await Portal.join(kapu, { metadata: { id_token_signed_response_alg: alg } }));
  }
  return portals;
}

/** Logs somebody in at each portal. */
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

  useKapu(async (started) => {
    kapu = started;
    portals = await portalsAt(kapu);
  });

  it('each algorithm of the discovery document signs, and no other is in it', async () => {
    const discovery = await (await fetch(`${kapu.issuer}/.well-known/openid-configuration`)).json();
    for (const signed of ['id_token', 'userinfo', 'introspection']) {
      const supported = discovery[`${signed}_signing_alg_values_supported`];
      expect([signed, supported?.toSorted()]).toEqual([signed, [...SIGNING_ALGORITHMS].toSorted()]);
    }
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
    const kept = await keySetAt(kapu);
    await kapu.signingKeys.rotate(SIGNING_ALGORITHMS, false);
    await kapu.refreshKeys();
    expect((await keySetAt(kapu)).keys).toHaveLength(8);

    const early = await idTokensAt(kapu, portals);
    for (const [alg, token] of early) expect(kidOf(token)).toBe(before.get(alg));
    for (const token of early.values()) await verifiedWith(kept, token);

    const keptLater = await keySetAt(kapu);
    travel(1 * DAYS);
    await kapu.refreshKeys();
    const late = await idTokensAt(kapu, portals);
    const after = await signersOf(kapu);
    for (const [alg, token] of late) {
      expect(kidOf(token)).toBe(after.get(alg));
      expect(kidOf(token)).not.toBe(before.get(alg));
    }
    for (const token of late.values()) await verifiedWith(keptLater, token);
    for (const token of early.values()) expect(await verdictOn(kapu, token)).toBe(200);

    travel(15 * DAYS);
    await kapu.refreshKeys();
    expect(kidsOf(await keySetAt(kapu)).toSorted()).toEqual([...after.values()].toSorted());
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
    expect(kidsOf(await keySetAt(kapu))).not.toContain(leaked);
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
        const key = (await keySetAt(kapu)).keys.find((one) => one.alg === alg);
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

describe('the web that is built anew with other keys', () => {
  it('still hears of a client that was changed', async () => {
    // What is kept of a client never expires by itself now.
    stopClock();
    const kapu = await startKapu();
    await kapu.signingKeys.rotate(['EdDSA'], true);
    await kapu.refreshKeys();
    const portal = await Portal.join(kapu);
    const browser = new Browser(kapu.issuer);
    expect((await browser.open((await portal.visit()).url)).path).toMatch(/^\/interaction\//);
    await kapu.clientChanges.remove(portal.clientId, { by: COMMAND_LINE });
    const gone = async () => (await browser.open((await portal.visit()).url)).status === 400;
    const asked = performance.now();
    while (!(await gone())) expect(performance.now() - asked).toBeLessThan(20_000);
    await kapu.stop();
    releaseClock();
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

describeWithRedis('two instances on one Redis', () => {
  it('rotate by the schedule once, under load, and no login fails at either, though each lags behind the other', async () => {
    stopClock();
    const redis = await startRedis();
    const twins = await startTwins({ redisUrl: redis.url });
    const [first, second] = twins.instances;
    const portals = await portalsAt(first);
    const keySets = () => Promise.all(twins.instances.map(keySetAt));
    const kids = new Set<string | undefined>();

    /** People log in while keys change; their portals know the key sets of before. */
    async function loginsDuring(change: () => Promise<unknown>): Promise<void> {
      const kept = await keySets();
      const [tokens] = await Promise.all([idTokensAt(first, portals), change()]);
      const later = await idTokensAt(first, portals);
      for (const token of [...tokens.values(), ...later.values()]) {
        kids.add(kidOf(token));
        for (const keySet of [...kept, ...(await keySets())]) await verifiedWith(keySet, token);
      }
    }

    travel(90 * DAYS);
    await loginsDuring(() => Promise.all([first.refreshKeys(), second.refreshKeys()]));
    for (const { keys } of await keySets()) expect(keys).toHaveLength(8);
    travel(1 * DAYS);
    await loginsDuring(() => first.refreshKeys());
    await loginsDuring(() => second.refreshKeys());
    travel(16 * DAYS);
    await loginsDuring(() => second.refreshKeys());
    await first.refreshKeys();
    for (const { keys } of await keySets()) expect(keys).toHaveLength(4);
    expect(kids.size).toBe(8);
    await twins.stop();
    await redis.stop();
    releaseClock();
  });
});

describe('COOKIE_KEYS', () => {
  const [older, newer] = ['older', 'newer'].map((name) => name.repeat(10)) as [string, string];

  it('change under a session, a form and a login under way: they go on, and the old key may leave after them', async () => {
    const folder = newFolder('cookies');
    const port = `${await freePort()}`;
    const start = (keys: string) =>
      startKapu({
        variables: { DATA_DIR: folder, PORT: port, COOKIE_KEYS: keys, SECRET_KEYS: 'a'.repeat(64) },
      });
    const before = await start(older);
    const portal = await Portal.join(before);
    const citizen = await Citizen.born(before);
    await citizen.logsIn(portal);
    const another = await Citizen.born(before);
    const visit = await another.goesTo(portal);
    await before.stop();

    const after = await start(`${newer},${older}`);
    await another.goesThrough();
    expect((await visit.arrive(another.browser.page.left ?? '')).id_token).toBeDefined();
    const menu = await citizen.browser.open('/account');
    expect(menu).toMatchObject({ status: 200, path: '/account' });
    await after.stop();

    const last = await start(newer);
    expect(await citizen.browser.open('/account')).toMatchObject({ status: 200, path: '/account' });
    expect(await another.browser.open('/account')).toMatchObject({ status: 200, path: '/account' });
    await last.stop();

    const foreign = await start('foreign'.repeat(10));
    expect((await citizen.browser.open('/account')).path).toMatch(/^\/interaction\//);
    await foreign.stop();
    rmSync(folder, { recursive: true });
  });
});

describe('SECRET_KEYS', () => {
  it('resealing may be interrupted and begun again, beside logins that change the same accounts', async () => {
    const kapu = await startKapu();
    const people = [];
    for (let index = 0; index < 5; index += 1) people.push(await Citizen.born(kapu, { enrolled: true }));
    const newest = secretBox([Buffer.alloc(32, 7), ...kapu.env.secretKeys], () => {});
    const { inUse, reseal } = resealing(newest, [pagedByTwo(kapu.accounts)]);
    const older = secretBox(kapu.env.secretKeys, () => {}).newestKeyId;
    expect(await inUse()).toEqual({ [older]: { accounts: 5 } });

    for await (const { seen } of reseal()) if (seen >= 2) break;
    expect(await inUse()).toEqual({ [newest.newestKeyId]: { accounts: 2 }, [older]: { accounts: 3 } });

    const renamed = people.map(({ accountId }) =>
      kapu.accounts.update(accountId, (account) => ({
        account: { ...account, email: `new-${account.email}` },
        result: undefined,
      })),
    );
    const progress = [];
    for await (const one of reseal()) progress.push(one);
    await Promise.all(renamed);
    expect(progress.at(-1)).toEqual({ place: 'accounts', seen: 5, resealed: 3, unopened: 0 });
    expect(await inUse()).toEqual({ [newest.newestKeyId]: { accounts: 5 } });
    for (const { accountId, secret } of people) {
      const { authenticators, email } = (await kapu.accounts.find(accountId))!;
      expect(email).toMatch(/^new-/);
      const [{ id, secret: sealed }] = authenticators as [Authenticator];
      expect(newest.open(sealed, secretContext(accountId, id))).toBe(secret);
    }
    await kapu.stop();
  });

  /** As with very many accounts. */
  function pagedByTwo(accounts: Accounts) {
    return sealedInAccounts({ ...accounts, list: (page) => accounts.list({ ...page, limit: 2 }) });
  }
});
