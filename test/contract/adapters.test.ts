/** The ports written once over the store, on both engines, at their sore points. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { storedAccounts } from '../../adapters/accounts.ts';
import { storedClients } from '../../adapters/clients.ts';
import { storedConsents } from '../../adapters/consents.ts';
import { storedHistory } from '../../adapters/history.ts';
import { storedInitialAccessTokens } from '../../adapters/initial-access-tokens.ts';
import { storedOneTimeTokens } from '../../adapters/one-time-tokens.ts';
import { openStore } from '../../adapters/open-store.ts';
import { storedProgress } from '../../adapters/progress.ts';
import type { Store } from '../../adapters/store.ts';
import { systemRandom } from '../../adapters/system.ts';
import { storedThrottles } from '../../adapters/throttles.ts';
import { unitOfWork } from '../../adapters/unit-of-work.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { type ClientRecord, changedClient, newClientRecord } from '../../provider/core/client-record.ts';
import type { AccountEvent } from '../../provider/core/event.ts';
import { passwordAdmission } from '../../provider/flows/password-admission.ts';
import type { Accounts } from '../../provider/flows/ports.ts';
import { anAccount } from '../support/accounts.ts';
import { type EngineName, newPlace, onEachEngine, type StorePlace } from '../support/engines.ts';

const CREATED: AccountEvent = { kind: 'account-created', at: 0 };
const many = <T>(count: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));

onEachEngine(portsOn);

function portsOn(engine: EngineName): void {
  let now = 1_700_000_000_000;
  const clock = { now: () => now };
  let place: StorePlace;
  let store: Store;

  beforeAll(async () => {
    place = await newPlace(engine);
    store = await openStore({ ...place.at, clock });
    await expect(ready(store)).resolves.toBe(true);
  });
  afterAll(async () => {
    await store.close();
    await place.remove();
  });

  it('a user name is given once, also to 20 who want it at once', async () => {
    const accounts = storedAccounts(store, clock);
    const given = await many(20, (index) =>
      accounts.create(anAccount({ id: `a${index}`, username: 'one' }), CREATED),
    );
    expect(given.filter(Boolean)).toHaveLength(1);
    expect(await accounts.findByUsername(' ONE ')).toMatchObject({ username: 'one' });
  });

  it('a crowd behind one address has so many failures in a stretch of time, however many try at once', async () => {
    const throttles = storedThrottles(store, clock);
    const rule = { limit: 20, windowMs: 60_000 };
    now -= now % rule.windowMs;
    const tries = await many(30, () => throttles.attempt('crowd', 'office', rule));
    expect(tries.filter(({ ok }) => ok)).toHaveLength(20);
    expect(tries.find(({ ok }) => !ok)).toMatchObject({ because: 'throttled', until: now + rule.windowMs });
    await throttles.giveBack('crowd', 'office', rule);
    expect(await throttles.attempt('crowd', 'office', rule)).toMatchObject({ ok: true });
    expect(await throttles.attempt('crowd', 'office', rule)).toMatchObject({ ok: false });
    expect(await throttles.attempt('crowd', 'another office', rule)).toMatchObject({ ok: true });
    now += rule.windowMs;
    expect(await throttles.attempt('crowd', 'office', rule)).toMatchObject({ ok: true });
  });

  it('a user name whose account was never written (a crash in between) is free after a minute', async () => {
    await store.commit('username:left', [
      { kind: 'put', name: 'owner', value: { accountId: 'never-written' }, expiresAt: now + 1_000 },
    ]);
    const accounts = storedAccounts(store, clock);
    const left = anAccount({ id: 'left', username: 'left' });
    expect(await accounts.create(left, CREATED)).toBe(false);
    now += 1_000;
    expect(await accounts.create(left, CREATED)).toBe(true);
  });

  it('a slow writer whose reservation ran out does not take the name from the next', async () => {
    const slow: Store = {
      ...store,
      commit: async (partition, writes) => {
        if (partition === 'account:slow') {
          now += 60_000;
          await storedAccounts(store, clock).create(anAccount({ id: 'quick', username: 'wanted' }), CREATED);
        }
        return store.commit(partition, writes);
      },
    };
    expect(
      await storedAccounts(slow, clock).create(anAccount({ id: 'slow', username: 'wanted' }), CREATED),
    ).toBe(false);
    expect(await storedAccounts(store, clock).findByUsername('wanted')).toMatchObject({ id: 'quick' });
    expect(await storedAccounts(store, clock).find('slow')).toBeUndefined();
  });

  it('50 parallel changes of one account all count, each with its event', async () => {
    const accounts = storedAccounts(store, clock);
    await accounts.create(anAccount({ id: 'busy', username: 'busy' }), CREATED);
    await many(50, () =>
      accounts.update('busy', (account) => ({
        account: { ...account, codeFailures: { inARow: account.codeFailures.inARow + 1 } },
        events: [{ kind: 'code-refused', at: now }],
        result: undefined,
      })),
    );
    expect((await accounts.find('busy'))?.codeFailures.inARow).toBe(50);
    expect(await storedHistory(store).of('busy', 100)).toHaveLength(51);
  });

  it('accounts are listed in the order of their names, page by page', async () => {
    const accounts = storedAccounts(store, clock);
    for (const username of ['x2', 'x1', 'x3'])
      await accounts.create(anAccount({ id: username, username }), CREATED);
    const first = await accounts.list({ after: 'x', limit: 2 });
    const second = await accounts.list({ after: first.at(-1)?.username ?? '', limit: 2 });
    expect([...first, ...second].map(({ username }) => username)).toEqual(['x1', 'x2', 'x3']);
  });

  describe('accounts are found', () => {
    const named = (id: string, familyName: string, givenName: string, more: object = {}) =>
      anAccount({
        id,
        username: id,
        email: `${id}@example.hu`,
        person: { familyName, givenName, birthdate: '1950-02-03', ...more },
      });
    const renamed = (id: string, familyName: string, accounts: Accounts) =>
      accounts.update(id, (account) => ({
        account: { ...account, person: { ...account.person, familyName } },
        result: undefined,
      }));
    const idsOf = (found: readonly { id: string }[]) => found.map(({ id }) => id);

    it('by the beginning of a name, now or at birth, without accents, page by page', async () => {
      const accounts = storedAccounts(store, clock);
      const all = [
        named('n1', 'Őry', 'Ágnes'),
        named('n2', 'Öry', 'Agnes Mária'),
        named('n3', 'Másné', 'Éva', { birthFamilyName: 'ÓRY', birthGivenName: 'Éva' }),
        named('n4', 'Orsós', 'Ágnes'),
      ];
      for (const account of all) await accounts.create(account, CREATED);
      expect(idsOf((await accounts.findByName('  őrY- a', { limit: 10 })).accounts)).toEqual(['n1', 'n2']);
      const pages = [];
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const page = await accounts.findByName('óry', { limit: 2, ...(after !== undefined && { after }) });
        pages.push(...idsOf(page.accounts));
        after = page.next;
      }
      expect(pages).toEqual(['n1', 'n2', 'n3']);
      for (const prefix of ['', 'o', '!', '\t', 'ory\t1950'])
        expect(idsOf((await accounts.findByName(prefix, { limit: 9 })).accounts)).toEqual([]);
      expect(idsOf((await accounts.findByName('óry', { limit: 9, after: 'zzz' })).accounts)).toHaveLength(3);
    });

    it('by address, and by being the same person', async () => {
      const accounts = storedAccounts(store, clock);
      const mother = { mothersBirthName: 'Tóth Mária' };
      await accounts.create(named('twin1', 'Iker', 'Anna', mother), CREATED);
      await accounts.create(named('twin2', 'Iker', 'Anna', { mothersBirthName: 'Kis Éva' }), CREATED);
      await accounts.create(named('twin3', 'Iker', 'Anna', { ...mother, birthdate: '1950-02-04' }), CREATED);
      const same = { familyName: 'IKER', givenName: 'anna', birthdate: '1950-02-03', ...mother };
      expect(idsOf(await accounts.namesakes(same))).toEqual(['twin1']);
      expect(idsOf(await accounts.findByEmail(' Twin1@EXAMPLE.hu'))).toEqual(['twin1']);
    });

    it('as they are now, after changes in a race', async () => {
      const accounts = storedAccounts(store, clock);
      await accounts.create(named('race', 'Verseny', 'Első'), CREATED);
      await many(20, (index) => renamed('race', index % 2 ? 'Verseny' : 'Futam', accounts));
      const family = (await accounts.find('race'))?.person.familyName ?? '';
      const other = family === 'Verseny' ? 'Futam' : 'Verseny';
      expect(idsOf((await accounts.findByName(`${family} első`, { limit: 50 })).accounts)).toEqual(['race']);
      expect(idsOf((await accounts.findByName(`${other} első`, { limit: 50 })).accounts)).toEqual([]);
    });

    it.each([0, 1, 2, 3, 4, 5, 6, 7])('as they are now, after a crash at write %i', async (crashAt) => {
      let writes = 0;
      const failing: Store = {
        ...store,
        commit: async (partition, list) => {
          if (writes++ === crashAt) throw new Error('crash');
          return store.commit(partition, list);
        },
      };
      const [accounts, crashing] = [storedAccounts(store, clock), storedAccounts(failing, clock)];
      const id = `crash${crashAt}`;
      await crashing.create(named(id, 'Balul', `Járt${id}`), CREATED).catch(() => undefined);
      writes = 0;
      await renamed(id, 'Jobbul', crashing).catch(() => undefined);
      const account = await accounts.find(id);
      const name = `${account?.person.familyName ?? 'Balul'} járt${id}`;
      const found = await accounts.findByName(name, { limit: 9 });
      expect(idsOf(found.accounts)).toEqual(account ? [id] : []);
      expect(idsOf(await accounts.findByEmail(`${id}@example.hu`))).toEqual(account ? [id] : []);
    });

    it('no more once nothing is left of them, and again when an older release never indexed them', async () => {
      const accounts = storedAccounts(store, clock);
      await accounts.create(named('gone', 'Volt', 'Nincs'), CREATED);
      await accounts.erase('gone', (account) => ({ ...account, status: 'closed', email: '', person: {} }));
      expect(idsOf((await accounts.findByName('volt', { limit: 9 })).accounts)).toEqual([]);
      expect(idsOf(await accounts.findByEmail('gone@example.hu'))).toEqual([]);
      const old = named('old', 'Régi', 'Kiadás');
      await store.commit('account:old', [{ kind: 'put', name: 'account', value: old }]);
      await accounts.update('old', (account) => ({ account: { ...account }, result: undefined }));
      expect(idsOf((await accounts.findByName('regi', { limit: 9 })).accounts)).toEqual(['old']);
    });
  });

  it('a one-time token is redeemed once, also by 20 at once, and not after its time', async () => {
    const tokens = storedOneTimeTokens(store, systemRandom, clock);
    const token = await tokens.issue('activation', { accountId: 'a' }, 60_000);
    const redeemed = await many(20, () => tokens.redeem('activation', token));
    expect(redeemed.filter(Boolean)).toEqual([{ accountId: 'a' }]);
    const late = await tokens.issue('activation', { accountId: 'a' }, 60_000);
    expect(await tokens.redeem('other-purpose', late)).toBeUndefined();
    now += 60_000;
    expect(await tokens.redeem('activation', late)).toBeUndefined();
  });

  it('an initial access token is spent once, also by 20 at once, and is not among the open ones after', async () => {
    const tokens = storedInitialAccessTokens(store, systemRandom);
    const agreement = { scopes: ['openid'], level: 'low', hosts: ['a.example.hu'], grantTypes: [] } as const;
    const access = { agreement, issuedAt: now, expiresAt: now + 1000 };
    const { token, id } = await tokens.issue(access);
    expect(id).toMatch(/^[\da-f]{64}$/);
    expect(await tokens.find(token)).toEqual(agreement);
    expect((await many(20, () => tokens.spend(token))).filter(Boolean)).toHaveLength(1);
    const withdrawn = await tokens.issue(access);
    const expired = await tokens.issue(access);
    expect(await tokens.withdraw(withdrawn.id)).toBe(true);
    expect((await tokens.list()).map((one) => one.id)).toEqual([expired.id]);
    now += 1001;
    for (const one of [token, withdrawn.token, expired.token]) {
      expect(await tokens.find(one)).toBeUndefined();
      expect(await tokens.spend(one)).toBe(false);
    }
    expect(await tokens.list()).toEqual([]);
  });

  it('a throttle admits exactly as many parallel tries as its rule says', async () => {
    const rule = {
      freeTries: 4,
      firstDelayMs: 2_000,
      pauseAfter: 10,
      pauseMs: 900_000,
      forgetAfterMs: 86_400_000,
    };
    const throttles = storedThrottles(store, clock);
    const tries = await many(40, () => throttles.attempt('password', 'somebody', rule));
    expect(tries.filter(({ ok }) => ok)).toHaveLength(5);
    await throttles.clear('password', 'somebody');
    expect(await throttles.attempt('password', 'somebody', rule)).toMatchObject({ ok: true });
  });

  describe('tries of passwords', () => {
    const perAccount = {
      freeTries: 1,
      firstDelayMs: 60_000,
      pauseAfter: 4,
      pauseMs: 900_000,
      forgetAfterMs: 86_400_000,
    };
    const perAddress = { limit: 20, windowMs: 900_000 };
    const admission = () =>
      passwordAdmission({ throttles: storedThrottles(store, clock), clock }, { perAccount, perAddress });
    const triesOf = (username: string) =>
      storedThrottles(store, clock).attempt('password', username, perAccount);
    const stranger = (address: string, username: string) => ({ username, address, trusted: undefined });

    it('an address that is turned away does not use up the tries of those whom it names', async () => {
      now += perAddress.windowMs;
      const { begin } = admission();
      await many(20, (index) => begin(stranger('crowded', `victim${index}`)));
      const refused = await many(20, () => begin(stranger('crowded', 'spared')));
      expect(refused.filter(({ ok }) => ok)).toEqual([]);
      expect(await triesOf('spared')).toMatchObject({ ok: true });
      expect(await triesOf('spared')).toMatchObject({ ok: true });
    });

    it('nor can a burst count against more names than the address has tries', async () => {
      now += perAddress.windowMs;
      const { begin } = admission();
      const names = Array.from({ length: 60 }, (_, index) => `burst${index}`);
      const admitted = await Promise.all(names.map((name) => begin(stranger('bursting', name))));
      expect(admitted.filter(({ ok }) => ok)).toHaveLength(20);
      // The second try of a name that was counted is its last free one; that of another is its first.
      await Promise.all(names.map(triesOf));
      const again = await Promise.all(names.map(triesOf));
      expect(again.filter(({ ok }) => !ok)).toHaveLength(20);
    });

    it('a right one is taken back from both, one that was not looked at too', async () => {
      now += perAddress.windowMs;
      const { begin } = admission();
      for (const how of ['right', 'takeBack'] as const) {
        for (let tries = 0; tries < 25; tries += 1) {
          const admitted = await begin(stranger('honest', 'owner'));
          if (!admitted.ok) throw new Error(`refused after ${tries} that were ${how}`);
          await admitted[how]();
        }
      }
    });
  });

  it('the facts of an interaction are gone when its time is over', async () => {
    const progress = storedProgress(unitOfWork(store));
    await progress.record('uid', now + 1_000, (facts) => ({ ...facts, method: 'totp' }));
    expect(await progress.load('uid')).toMatchObject({ method: 'totp' });
    now += 1_000;
    expect(await progress.load('uid')).toEqual({ verified: [] });
  });

  it('consents given at once add up', async () => {
    const consents = storedConsents(store, clock);
    await many(5, (index) =>
      consents.give(
        'a',
        { clientId: 'p', scopes: [`s${index}`], claims: [], givenAt: now },
        { kind: 'consent-given', at: now },
      ),
    );
    expect((await consents.find('a', 'p'))?.scopes.toSorted()).toEqual(['s0', 's1', 's2', 's3', 's4']);
  });

  it('clients are found, listed, changed by one at a time, and removed, and their versions stay', async () => {
    const clients = storedClients(store, clock);
    const record = newClientRecord({ client_id: 'one', client_name: 'One' }, now);
    const registered = { revision: 1, act: 'registered', at: now, by: COMMAND_LINE, is: record } as const;
    const created = await many(5, () => clients.create(record, registered));
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await clients.find('one')).toEqual({ client_id: 'one', client_name: 'One' });
    await many(10, () =>
      clients.update('one', (current) => {
        const more = { test: !current.test };
        return {
          ...changedClient(current, more, { act: 'edited', at: now, by: COMMAND_LINE }),
          result: true,
        };
      }),
    );
    expect(await clients.record('one')).toMatchObject({ revision: 11, test: false });
    expect((await clients.list({ limit: 10 })).map(({ metadata }) => metadata.client_id)).toContain('one');
    const gone = (current: ClientRecord) =>
      changedClient(current, {}, { act: 'removed', at: now, by: COMMAND_LINE }).version;
    expect([await clients.remove('one', gone), await clients.remove('one', gone)]).toEqual([true, false]);
    expect(await clients.find('one')).toBeUndefined();
    const versions = await clients.versions('one', { limit: 20 });
    expect(versions.map(({ version }) => version?.revision)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const rest = await clients.versions('one', { limit: 20, before: String(versions[9]?.cursor) });
    expect(rest.map(({ version }) => version?.act)).toEqual(['edited', 'registered']);
  });
}

/** Redis connects in the background. */
async function ready(store: Store): Promise<boolean> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const answered = await store.ping().then(
      () => true,
      () => false,
    );
    if (answered) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
