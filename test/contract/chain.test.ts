/** Histories in a real store, on both engines: written by many at once, and by somebody who has the store but no key. */
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { storedAccounts } from '../../adapters/accounts.ts';
import { chained, chainKeys } from '../../adapters/chain.ts';
import { entriesOf, streamsOf, thinned, verifiedStream } from '../../adapters/chain-audit.ts';
import { storedClients } from '../../adapters/clients.ts';
import { storedConsents } from '../../adapters/consents.ts';
import { keyOf } from '../../adapters/embedded-keys.ts';
import { historyKey, storedHistory } from '../../adapters/history.ts';
import { openEngine } from '../../adapters/open-store.ts';
import { streamKey } from '../../adapters/redis/keys.ts';
import { type Engine, type Entry, type Key, tipOf, type Write } from '../../adapters/store.ts';
import { unitOfWork } from '../../adapters/unit-of-work.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { Content } from '../../provider/core/chain.ts';
import { changedClient, newClientRecord } from '../../provider/core/client-record.ts';
import type { AccountEvent } from '../../provider/core/event.ts';
import { anAccount } from '../support/accounts.ts';
import { spoilRow, tearEntry } from '../support/damage.ts';
import { type EngineName, newPlace, onEachEngine, type StorePlace } from '../support/engines.ts';

const clock = { now: () => 1_700_000_000_000 };
const CREATED: AccountEvent = { kind: 'account-created', at: 0 };
const OLD_KEY = Buffer.alloc(32, 1);
const KEYS = chainKeys([OLD_KEY]);
const many = (count: number, run: (index: number) => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));

onEachEngine(chainsOn);

function chainsOn(name: EngineName): void {
  let place: StorePlace;
  let engine: Engine;
  let id = '';
  let ids = 0;
  const alarms: string[] = [];

  beforeAll(async () => {
    place = await newPlace(name);
    engine = await openEngine({ ...place.at, clock });
  });
  afterAll(async () => {
    await engine.close();
    await place.remove();
  });
  beforeEach(() => {
    id = `person-${++ids}`;
    alarms.length = 0;
  });

  const writing = (keys = KEYS) => chained(unitOfWork(engine), keys, (fault) => alarms.push(fault.message));
  const verdict = (stream: Key = historyKey(id), keys = KEYS) => verifiedStream(engine, stream, keys);
  const create = () => storedAccounts(writing(), clock).create(anAccount({ id, username: id }), CREATED);
  const append = (count: number) =>
    many(count, (at) => storedHistory(writing()).append(id, { kind: 'login', at }));

  it('50 events at once, of changes and by themselves, make one chain', async () => {
    await create();
    const store = writing();
    const accounts = storedAccounts(store, clock);
    const history = storedHistory(store);
    const consents = storedConsents(store, clock);
    await many(50, (at) => {
      const given = { clientId: `client-${at}`, scopes: ['openid'], claims: [], givenAt: at };
      const change = () =>
        accounts.update(id, (account) => ({
          account: { ...account, codeFailures: { inARow: account.codeFailures.inARow + 1 } },
          events: [
            { kind: 'code-refused', at },
            { kind: 'code-accepted', at },
          ],
          result: undefined,
        }));
      const acts = [
        () => history.append(id, { kind: 'login', at }),
        () => consents.give(id, given, { kind: 'consent-given', at }),
        change,
      ] as const;
      return store.within(async () => {
        await accounts.find(id);
        await acts[at % 3]?.();
      });
    });
    expect((await accounts.find(id))?.codeFailures.inARow).toBe(16);
    expect(await verdict()).toEqual({ entries: 67, unchained: 0, holdsFrom: 1, findings: [] });
    const events = await history.of(id, 100);
    expect(events).toHaveLength(67);
    for (const event of events) expect(event).not.toHaveProperty('chain');
  });

  it("a client's versions are a chain, also when it is removed and comes again", async () => {
    const clients = storedClients(writing(), clock);
    const told = { act: 'edited', at: 1, by: COMMAND_LINE } as const;
    const record = newClientRecord({ client_id: id }, 1);
    const created = changedClient(record, {}, { ...told, act: 'registered' }).version;
    expect(await clients.create(record, created)).toBe(true);
    await many(10, () =>
      clients.update(id, (now) => ({ ...changedClient(now, {}, told), result: undefined })),
    );
    expect(await clients.create(record, created)).toBe(false);
    expect(await clients.remove(id, (now) => changedClient(now, {}, told).version)).toBe(true);
    expect(await clients.create(record, created)).toBe(true);
    const stream = { partition: `client:${id}`, name: 'versions' };
    expect(await verdict(stream)).toMatchObject({ entries: 13, findings: [] });
  });

  it('an expectation that does not stand is answered as such, whoever appended meanwhile', async () => {
    await create();
    const key: Key = { partition: `account:${id}`, name: 'account' };
    const stale = (await engine.get(key))?.version ?? '';
    await storedAccounts(writing(), clock).update(id, (account) => ({
      account: { ...account, language: 'en' },
      events: [CREATED],
      result: undefined,
    }));
    const writes: Write[] = [
      { kind: 'put', name: 'account', value: {}, expect: { version: stale } },
      { kind: 'append', stream: 'history', value: CREATED, keep: 9 },
    ];
    expect(await writing().commit(key.partition, writes)).toBe(false);
    expect(await verdict()).toMatchObject({ entries: 2, findings: [] });
  });

  it('an erased account has a history of one entry, which says so, and holds', async () => {
    await create();
    await append(5);
    await storedAccounts(writing(), clock).erase(id, (account) => account);
    expect(await verdict()).toEqual({ entries: 1, unchained: 0, holdsFrom: 7, findings: [] });
    expect(await storedHistory(writing()).of(id, 9)).toMatchObject([{ kind: 'account-closed' }]);
  });

  it('holds from where it begins, after entries from before there were chains', async () => {
    for (const kind of ['login', 'logout'] as const) await storedHistory(engine).append(id, { kind, at: 1 });
    expect(await verdict()).toEqual({ entries: 2, unchained: 2, findings: [] });
    await append(2);
    expect(await verdict()).toEqual({ entries: 4, unchained: 2, holdsFrom: 1, findings: [] });
    await storedHistory(engine).append(id, { kind: 'login', at: 1 });
    expect((await verdict()).findings).toEqual([{ kind: 'unchained' }]);
  });

  it('holds under keys that are known still, and tells of those that are not', async () => {
    await append(2);
    const both = chainKeys([Buffer.alloc(32, 2), OLD_KEY]);
    await storedHistory(writing(both)).append(id, CREATED);
    expect((await verdict(historyKey(id), both)).findings).toEqual([]);
    expect((await verdict()).findings).not.toEqual([]);
    expect(await thinned(engine, historyKey(id), both, () => true)).toBe(0);
    const newOnly = chainKeys([Buffer.alloc(32, 2)]);
    expect(await verdict(historyKey(id), newOnly)).toMatchObject({ entries: 3, findings: [] });
  });

  /** As somebody would who can write to the store. */
  async function rewrite(edit: (oldestFirst: Content[]) => Content[]): Promise<void> {
    const { partition, name } = historyKey(id);
    const entries = (await engine.range<Content>({ partition, name }))
      .map(({ value }) => value ?? {})
      .reverse();
    const edited = edit(entries);
    await engine.commit(
      partition,
      edited.map((value): Write => ({ kind: 'append', stream: name, value, keep: edited.length })),
    );
  }

  it.each<[string, (entries: Content[]) => Content[], object[]]>([
    ['changed', (all) => all.with(2, { ...all[2], at: 99 }), [{ kind: 'changed', seq: 3 }]],
    ['removed', (all) => all.toSpliced(2, 1), [{ kind: 'removed', seq: 3 }]],
    ['cut off', (all) => all.slice(0, 4), [{ kind: 'removed', seq: 5 }]],
    ['inserted', (all) => all.toSpliced(2, 0, { kind: 'login', at: 1 }), [{ kind: 'unchained' }]],
  ])('an entry that was %s is found, and nothing is thinned away over it', async (_what, edit, findings) => {
    await append(5);
    await rewrite(edit);
    expect((await verdict()).findings).toEqual(findings);
    expect(await thinned(engine, historyKey(id), KEYS, () => false)).toBe('findings');
  });

  it('a head that was removed or moved back to hide an end that was cut off is found', async () => {
    const { partition, name } = tipOf(historyKey(id));
    await append(5);
    const head = (await engine.get<Content>({ partition, name }))?.value;
    await engine.commit(partition, [{ kind: 'put', name, value: { ...head, seq: 4 } }]);
    expect((await verdict()).findings).toEqual([{ kind: 'head-changed' }]);
    await engine.commit(partition, [{ kind: 'remove', name }]);
    expect((await verdict()).findings).toEqual([{ kind: 'head-missing' }]);
  });

  it.each<[string, (head: Entry<Content>, key: Key) => Promise<unknown>]>([
    ['moved back', ({ value }, key) => overwrite(key, { ...value, seq: 4 })],
    ['of another shape', (_, key) => overwrite(key, 'x')],
    ['of a key that nobody has', ({ value }, key) => overwrite(key, { ...value, keyId: 'ours' })],
    ['torn', (_, key) => tear(key)],
  ])('a head that is %s stops nobody: the chain begins anew, and says so for good', async (_what, damage) => {
    const key = tipOf(historyKey(id));
    await append(5);
    const head = await engine.get<Content>(key);
    // What the damage is to hide.
    await rewrite((all) => all.slice(0, 4));
    if (head) await damage(head, key);
    expect((await verdict()).findings).not.toEqual([]);
    await append(3);
    expect(alarms[0]).toBe(`the record account:${id} chain:history can not be read`);
    expect(await verdict()).toMatchObject({ entries: 7, findings: [{ kind: 'broken', seq: 5 }] });
    expect(await storedHistory(writing()).of(id, 9)).toHaveLength(7);
    expect(await thinned(engine, historyKey(id), KEYS, () => false)).toBe('findings');

    await storedAccounts(writing(), clock).create(anAccount({ id, username: id }), CREATED);
    expect(await verdict()).toMatchObject({ entries: 8, findings: [{ kind: 'broken', seq: 5 }] });
    await storedAccounts(writing(), clock).erase(id, (account) => account);
    expect(await verdict()).toMatchObject({ entries: 1, findings: [] });
  });

  const overwrite = ({ partition, name }: Key, value: unknown) =>
    engine.commit(partition, [{ kind: 'put', name, value }]);

  async function tear(key: Key): Promise<void> {
    if (place.server) return void place.server.command('lset', streamKey(historyKey(id)), '-1', '#v|{"torn');
    await spoilRow(path.join(place.at.dataDir, 'store'), 'documents', keyOf(key));
  }

  it('an entry that is torn takes nobody the others: its place is shown, told to the log once, and found', async () => {
    await append(6);
    const stream = historyKey(id);
    const cursors = (await engine.range(stream)).map((entry) => entry.id);
    await tearEntry({ dataDir: place.at.dataDir, redis: place.server }, stream, cursors[2] ?? '');
    const history = storedHistory(writing());
    const kinds = async (limit: number, before?: string) =>
      (await history.of(id, limit, before)).map(({ kind }) => kind);
    expect(await kinds(9)).toEqual(['login', 'login', 'unreadable', 'login', 'login', 'login']);
    expect(await kinds(2, cursors[1])).toEqual(['unreadable', 'login']);
    expect(alarms).toEqual([`the record account:${id} history ${cursors[2]} can not be read`]);
    expect((await verdict()).findings).toContainEqual({ kind: 'unreadable' });
    expect(await thinned(engine, stream, KEYS, () => false)).toBe('findings');
    const told: unknown[] = [];
    for await (const { content } of entriesOf(engine, stream)) told.push(content.kind);
    expect(told).toEqual(['login', 'login', 'login', 'unreadable', 'login', 'login']);

    // A backup carries its place along.
    const copy = `person-${++ids}`;
    for await (const { partition, writes } of engine.walk()) {
      if (partition === stream.partition && writes.some(({ kind }) => kind === 'append'))
        await engine.commit(historyKey(copy).partition, writes);
    }
    expect((await storedHistory(writing()).of(copy, 9)).map(({ kind }) => kind)).toEqual(await kinds(9));
    await append(1);
    expect(await kinds(2)).toEqual(['login', 'login']);
  });

  it('what is too old of its kind goes, from the middle too, and the chain holds', async () => {
    await create();
    await append(4);
    await storedHistory(writing()).append(id, { kind: 'authenticator-bound', at: 9 });
    const isKept = ({ kind, at }: Content) => kind !== 'login' || Number(at) > 2;
    expect(await thinned(engine, historyKey(id), KEYS, isKept)).toBe(3);
    expect(await thinned(engine, historyKey(id), KEYS, isKept)).toBe(0);
    const kept: unknown[] = [];
    for await (const { content } of entriesOf(engine, historyKey(id))) kept.push(content.kind);
    expect(kept).toEqual(['account-created', 'login', 'authenticator-bound']);
    expect(await verdict()).toMatchObject({ entries: 3, findings: [] });
    await append(1);
    expect(await verdict()).toMatchObject({ entries: 4, findings: [] });
  });

  it('every stream is met, one that lost its head or all its entries too, each once', async () => {
    const met: string[] = [];
    for await (const { partition } of streamsOf(engine)) met.push(partition);
    expect(met.filter((one) => one === `account:person-1`)).toHaveLength(1);
    expect(new Set(met).size).toBe(met.length);
    expect(met.length).toBe(ids - 1);
  });
}
