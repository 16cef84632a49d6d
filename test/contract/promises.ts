/** What every engine of the store promises, asked of each: on a clock that the test moves, so nothing sleeps. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Engine, type Entry, type Store, tipOf, type Write } from '../../adapters/store.ts';
import { newVersion } from '../../adapters/version.ts';
import { StoreModel } from '../support/store-model.ts';

const START = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;

/** Names that a map made of an object, a key with a separator or a narrow encoding would get wrong. */
const STRANGE = [
  '__proto__',
  'constructor',
  'Őrült ékezetek',
  '🗝️',
  '',
  'a:b|c{d}',
  '\0',
  'new\nline',
  'x'.repeat(3000),
];

export const clock = { time: START, now: () => clock.time };

export interface Running {
  readonly store: Engine;
  /** The same data, as another instance has it. */
  another(): Promise<Store>;
  /** Resolves when no notice is under way between servers; absent: none ever is. */
  quiet?(): Promise<void>;
  end(): Promise<void>;
}

export function keepsItsPromises(start: () => Promise<Running>): void {
  let running: Running;
  let store: Engine;
  let partition = '';
  let partitions = 0;

  beforeAll(async () => {
    running = await start();
    store = running.store;
  });
  afterAll(() => running.end());
  beforeEach(() => {
    clock.time = START;
    partition = `test-${++partitions}`;
  });

  const get = <T>(name: string) => store.get<T>({ partition, name });
  const commit = (...writes: Write[]) => store.commit(partition, writes);
  const members = (page?: { after?: string; limit?: number }) =>
    store.members({ partition, name: 'set' }, page);
  const range = (page?: { before?: string; limit?: number }) =>
    store.range<number>({ partition, name: 'stream' }, page);

  async function versionOf(name: string): Promise<string> {
    return (await get(name))!.version;
  }

  async function put(name: string, value: unknown): Promise<Entry<unknown>> {
    await commit({ kind: 'put', name, value });
    return (await get(name))!;
  }

  describe('counters', () => {
    const count = (by = 1, expiresAt = START + 60_000) =>
      store.count({ partition, name: 'n' }, by, expiresAt);

    it('begin at nothing, go up and down, and can be read', async () => {
      expect([await count(), await count(5), await count(-2)]).toEqual([1, 6, 4]);
      expect((await get<number>('n'))?.value).toBe(4);
    });

    it('are exact when fifty count at once, in two processes too', async () => {
      const other = await running.another();
      const counts = Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? store : other).count({ partition, name: 'n' }, 1, START + 60_000),
      );
      expect((await Promise.all(counts)).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      await other.close();
    });

    it('begin anew when their time is over, which later counts do not put off', async () => {
      await count();
      clock.time += 59_999;
      expect(await count(1, START + 500_000)).toBe(2);
      clock.time += 1;
      expect(await get('n')).toBeUndefined();
      expect(await count(1, START + 500_000)).toBe(1);
    });

    it('are documents: who read one before it moved can not write over it', async () => {
      await count();
      const version = await versionOf('n');
      await count();
      expect(await commit({ kind: 'put', name: 'n', value: 0, expect: { version } })).toBe(false);
      await commit({ kind: 'remove', name: 'n' });
      expect(await count()).toBe(1);
    });
  });

  describe('documents', () => {
    it('answers undefined for what was never written', async () => {
      expect(await get('nothing')).toBeUndefined();
    });

    it.each([[{ a: [1, null, 'ő'], b: { c: true } }], ['text|with|bars'], [0], [false], [null], [[]], ['']])(
      'answers %j as it was written',
      async (value) => {
        expect((await put('it', value)).value).toEqual(value);
      },
    );

    it('keeps a document of a megabyte', async () => {
      const value = 'ű'.repeat(500_000);
      expect((await put('large', value)).value).toBe(value);
    });

    it('keeps own properties with dangerous names, and touches no prototype', async () => {
      const value = JSON.parse('{"__proto__":{"admin":true},"constructor":1}');
      const { value: read } = await put('it', value);
      expect(JSON.stringify(read)).toBe('{"__proto__":{"admin":true},"constructor":1}');
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    it('replaces and removes', async () => {
      await put('it', 1);
      expect((await put('it', 2)).value).toBe(2);
      expect(await commit({ kind: 'remove', name: 'it' })).toBe(true);
      expect(await get('it')).toBeUndefined();
      expect(await commit({ kind: 'remove', name: 'it' })).toBe(true);
    });

    it('keeps partitions, and names that run into one another, apart', async () => {
      await store.commit('ab', [{ kind: 'put', name: 'c', value: 1 }]);
      await store.commit('a', [{ kind: 'put', name: 'bc', value: 2 }]);
      expect((await store.get({ partition: 'ab', name: 'c' }))?.value).toBe(1);
      expect((await store.get({ partition: 'a', name: 'bc' }))?.value).toBe(2);
    });

    it('keeps a document, a set and a stream of one name apart', async () => {
      await commit(
        { kind: 'put', name: 'set', value: 1 },
        { kind: 'add', set: 'set', member: 'm' },
        { kind: 'append', stream: 'set', value: 2, keep: 5 },
      );
      expect((await get('set'))?.value).toBe(1);
      expect(await members()).toEqual(['m']);
      expect(await store.range({ partition, name: 'set' })).toMatchObject([{ value: 2 }]);
    });

    it('takes strange names', async () => {
      await commit(...STRANGE.map((name): Write => ({ kind: 'put', name, value: name })));
      const entries = await store.getMany<string>(STRANGE.map((name) => ({ partition, name })));
      expect(entries.map((entry) => entry?.value)).toEqual(STRANGE);
      expect(await get('toString')).toBeUndefined();
    });

    it('takes any partition, braces and nothing included, and keeps them apart', async () => {
      const strange = ['', '%', '{', '}', '{}', '%7b', '{a}b', 'a{b', 'a}b', '__proto__', 'ő\u0000'];
      for (const odd of strange) await store.commit(odd, [{ kind: 'put', name: 'odd', value: odd }]);
      const read = await store.getMany(strange.map((odd) => ({ partition: odd, name: 'odd' })));
      expect(read.map((entry) => entry?.value)).toEqual(strange);
    });

    it('reads many of several partitions, in the order asked for, with gaps', async () => {
      await put('here', 1);
      await store.commit('elsewhere', [{ kind: 'put', name: 'there', value: 2 }]);
      const entries = await store.getMany<number>([
        { partition: 'elsewhere', name: 'there' },
        { partition, name: 'nowhere' },
        { partition, name: 'here' },
        tipOf({ partition, name: 'stream' }),
        { partition: 'elsewhere', name: 'there' },
      ]);
      expect(entries.map((entry) => entry?.value)).toEqual([2, undefined, 1, undefined, 2]);
      expect(await store.getMany([])).toEqual([]);
    });
  });

  describe('expiry', () => {
    const expiring = (name: string, expiresAt: number): Write => ({ kind: 'put', name, value: 1, expiresAt });

    it('says when a document expires, and drops it at that very millisecond', async () => {
      await commit(expiring('it', START + MINUTE));
      clock.time = START + MINUTE - 1;
      expect((await get('it'))?.expiresAt).toBe(START + MINUTE);
      clock.time = START + MINUTE;
      expect(await get('it')).toBeUndefined();
      expect(await store.getMany([{ partition, name: 'it' }])).toEqual([undefined]);
    });

    it('takes a document that has expired already', async () => {
      expect(await commit(expiring('it', START - 1))).toBe(true);
      expect(await commit(expiring('it', -1), expiring('other', 0))).toBe(true);
      expect(await get('it')).toBeUndefined();
    });

    it('forgets the old expiry with the next write', async () => {
      await commit(expiring('it', START + MINUTE));
      await commit({ kind: 'put', name: 'it', value: 2 });
      clock.time = START + 2 * MINUTE;
      expect(await get('it')).toMatchObject({ value: 2 });
      expect(await get('it')).not.toHaveProperty('expiresAt');
    });

    it('counts an expired document as absent in every expectation', async () => {
      await commit(expiring('it', START + MINUTE));
      const version = await versionOf('it');
      clock.time = START + MINUTE;
      expect(await commit({ kind: 'put', name: 'it', value: 2, expect: { version } })).toBe(false);
      expect(await commit({ kind: 'remove', name: 'it', expect: { version } })).toBe(false);
      expect(await commit({ kind: 'put', name: 'it', value: 3, expect: 'absent' })).toBe(true);
      expect(await get('it')).toMatchObject({ value: 3 });
    });
  });

  describe('expectations', () => {
    it('gives a document the version that its writer has made', async () => {
      const version = newVersion();
      await commit({ kind: 'put', name: 'it', value: 1, version, expect: 'absent' });
      expect(await get('it')).toMatchObject({ value: 1, version });
      expect(await commit({ kind: 'put', name: 'it', value: 2, expect: { version } })).toBe(true);
      expect(await versionOf('it')).not.toBe(version);
    });

    it('changes the version with every write, also of the same value, also after a removal', async () => {
      const versions = new Set<string>();
      for (let i = 0; i < 10; i += 1) {
        versions.add((await put('it', 'same')).version);
        if (i % 2) await commit({ kind: 'remove', name: 'it' });
      }
      expect(versions.size).toBe(10);
    });

    it('writes and removes only what is as it was read', async () => {
      const { version } = await put('it', 1);
      expect(await commit({ kind: 'put', name: 'it', value: 2, expect: { version } })).toBe(true);
      expect(await commit({ kind: 'put', name: 'it', value: 3, expect: { version } })).toBe(false);
      expect(await commit({ kind: 'remove', name: 'it', expect: { version } })).toBe(false);
      expect(await get('it')).toMatchObject({ value: 2 });
      expect(await commit({ kind: 'remove', name: 'it', expect: { version: await versionOf('it') } })).toBe(
        true,
      );
      expect(await get('it')).toBeUndefined();
    });

    it('notices that a document went and came back (ABA)', async () => {
      const { version } = await put('it', 'A');
      await commit({ kind: 'remove', name: 'it' });
      await put('it', 'A');
      expect(await commit({ kind: 'put', name: 'it', value: 'B', expect: { version } })).toBe(false);
    });

    it('writes what must be absent once', async () => {
      const once: Write = { kind: 'put', name: 'it', value: 1, expect: 'absent' };
      expect(await commit(once)).toBe(true);
      expect(await commit(once)).toBe(false);
      expect(await commit({ kind: 'remove', name: 'other', expect: 'absent' })).toBe(true);
    });

    it('asks about the state before the commit, and carries writes out in order', async () => {
      const absent = { name: 'it', expect: 'absent' } as const;
      expect(await commit({ kind: 'put', value: 1, ...absent }, { kind: 'put', value: 2, ...absent })).toBe(
        true,
      );
      expect(await get('it')).toMatchObject({ value: 2 });
      expect(await commit({ kind: 'put', name: 'it', value: 3 }, { kind: 'remove', name: 'it' })).toBe(true);
      expect(await get('it')).toBeUndefined();
    });

    it('carries out all writes or none', async () => {
      const { version } = await put('guard', 1);
      const writes = (stale: string): Write[] => [
        { kind: 'put', name: 'it', value: 1 },
        { kind: 'remove', name: 'guard', expect: { version: stale } },
        { kind: 'add', set: 'set', member: 'm' },
        { kind: 'append', stream: 'stream', value: 1, keep: 9 },
      ];
      expect(await commit(...writes('AAAAAAAAAAAAAAAA'))).toBe(false);
      expect([await get('it'), await members(), await range()]).toEqual([undefined, [], []]);
      expect(await get('guard')).toBeDefined();
      expect(await commit(...writes(version))).toBe(true);
      expect(await get('it')).toBeDefined();
      expect(await members()).toEqual(['m']);
      expect(await range()).toHaveLength(1);
      expect(await get('guard')).toBeUndefined();
    });

    it('has nothing against an empty commit', async () => {
      expect(await commit()).toBe(true);
    });
  });

  describe('races', () => {
    it('lets exactly one of fifty win a version', async () => {
      const { version } = await put('it', 0);
      const tries = Array.from({ length: 50 }, (_, value) =>
        commit({ kind: 'put', name: 'it', value, expect: { version } }),
      );
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    });

    it('lets exactly one of fifty create', async () => {
      const tries = Array.from({ length: 50 }, (_, value) =>
        commit(
          { kind: 'put', name: 'it', value, expect: 'absent' },
          { kind: 'add', set: 'set', member: `${value}` },
        ),
      );
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      expect(await members()).toEqual([`${(await get('it'))?.value}`]);
    });

    it('loses none of a hundred increments at once', async () => {
      await put('it', 0);
      async function increment(): Promise<void> {
        const { value, version } = (await get<number>('it'))!;
        const won = await commit({ kind: 'put', name: 'it', value: value + 1, expect: { version } });
        if (!won) await increment();
      }
      await Promise.all(Array.from({ length: 100 }, increment));
      expect(await get('it')).toMatchObject({ value: 100 });
    });

    it('reads its own writes', async () => {
      for (let value = 0; value < 50; value += 1) expect((await put('it', value)).value).toBe(value);
    });
  });

  describe('sets', () => {
    const add = (member: string, expiresAt?: number): Write => ({
      kind: 'add',
      set: 'set',
      member,
      ...(expiresAt !== undefined && { expiresAt }),
    });

    it('answers members in ascending order of their bytes, each once', async () => {
      await commit(add('b'), add('a'), add('ö'), add('B'), add('b'), add('🗝️'), add('￿'));
      expect(await members()).toEqual(['B', 'a', 'b', 'ö', '￿', '🗝️']);
    });

    it('pages', async () => {
      await commit(...Array.from({ length: 25 }, (_, i) => add(`m${10 + i}`)));
      const pages: string[][] = [];
      for (let after: string | undefined; pages.at(-1)?.length !== 0; after = pages.at(-1)?.at(-1))
        pages.push(await members({ limit: 10, ...(after !== undefined && { after }) }));
      expect(pages.map(({ length }) => length)).toEqual([10, 10, 5, 0]);
      expect(pages.flat()).toEqual(await members());
      expect(await members({ after: 'm11x', limit: 1 })).toEqual(['m12']);
      expect(await members({ after: 'm'.repeat(5000) })).toEqual([]);
    });

    it('drops members, also when they are not there', async () => {
      await commit(add('a'), add('b'));
      await commit({ kind: 'drop', set: 'set', member: 'a' }, { kind: 'drop', set: 'set', member: 'never' });
      expect(await members()).toEqual(['b']);
      await commit({ kind: 'drop', set: 'set', member: 'b' });
      expect(await members()).toEqual([]);
    });

    it('lets each member expire by itself, and pages past the expired', async () => {
      await commit(
        add('a', START + MINUTE),
        add('b', START + 2 * MINUTE),
        add('c'),
        add('d', START + MINUTE),
        add('e'),
      );
      clock.time = START + MINUTE;
      expect(await members()).toEqual(['b', 'c', 'e']);
      expect(await members({ limit: 2 })).toEqual(['b', 'c']);
      clock.time = START + 2 * MINUTE;
      expect(await members()).toEqual(['c', 'e']);
    });

    it('moves the expiry of a member that is added again: forth, back and away', async () => {
      await commit(
        add('forth', START + MINUTE),
        add('back', START + 9 * MINUTE),
        add('away', START + MINUTE),
      );
      await commit(add('forth', START + 5 * MINUTE), add('back', START + MINUTE), add('away'));
      clock.time = START + 2 * MINUTE;
      expect(await members()).toEqual(['away', 'forth']);
      clock.time = START + 5 * MINUTE;
      expect(await members()).toEqual(['away']);
    });

    it('takes strange members and set names', async () => {
      const strange = STRANGE.filter((name) => name.length < 900);
      for (const set of STRANGE)
        await commit(...strange.map((member): Write => ({ kind: 'add', set, member })));
      for (const name of STRANGE)
        expect(new Set(await store.members({ partition, name }))).toEqual(new Set(strange));
    });

    it('refuses a member that is too long, before anything is written', async () => {
      await expect(commit(add('fine'), add('m'.repeat(901)))).rejects.toThrow(RangeError);
      expect(await members()).toEqual([]);
      await commit(add('é'.repeat(450)));
      expect(await members()).toHaveLength(1);
    });
  });

  describe('streams', () => {
    const append = (value: unknown, keep = 100): Write => ({ kind: 'append', stream: 'stream', value, keep });

    it('answers the newest first', async () => {
      for (const value of [1, 2, 3]) await commit(append(value));
      await commit(append(4), append(5));
      expect((await range()).map(({ value }) => value)).toEqual([5, 4, 3, 2, 1]);
    });

    it('pages back, each entry once', async () => {
      await commit(...Array.from({ length: 25 }, (_, i) => append(i)));
      const first = await range({ limit: 10 });
      const second = await range({ limit: 10, before: first.at(-1)!.id });
      const third = await range({ limit: 10, before: second.at(-1)!.id });
      expect([first, second, third].map(({ length }) => length)).toEqual([10, 10, 5]);
      expect([...first, ...second, ...third]).toEqual(await range());
      expect(await range({ before: third.at(-1)!.id })).toEqual([]);
    });

    it('holds a page still while entries come in', async () => {
      await commit(...[1, 2, 3, 4].map((value) => append(value)));
      const [newest] = await range({ limit: 1 });
      await commit(append(5));
      expect((await range({ before: newest!.id })).map(({ value }) => value)).toEqual([3, 2, 1]);
    });

    it('pages back in what is left, though older entries go meanwhile', async () => {
      for (let i = 1; i <= 8; i += 1) await commit(append(i, 6));
      const [newest, next] = await range({ limit: 2 });
      expect([newest, next].map((entry) => entry?.value)).toEqual([8, 7]);
      await commit(append(9, 5), append(10, 5));
      expect((await range({ before: next!.id })).map(({ value }) => value)).toEqual([6]);
      expect((await range({ before: next!.id, limit: 1 })).map(({ value }) => value)).toEqual([6]);
      const [oldest] = (await range()).slice(-1);
      await commit(append(11, 1));
      expect(await range({ before: oldest!.id })).toEqual([]);
    });

    it('keeps exactly the newest', async () => {
      for (let i = 1; i <= 12; i += 1) await commit(append(i, 5));
      expect((await range()).map(({ value }) => value)).toEqual([12, 11, 10, 9, 8]);
      await commit(append(13, 2));
      expect((await range()).map(({ value }) => value)).toEqual([13, 12]);
      await commit(append(14, 1));
      expect((await range()).map(({ value }) => value)).toEqual([14]);
    });

    it.each(['', 'x', '-', '+', '0', '0-0', '-1', '1-', '9'.repeat(40), '(5-0', '1-1\n'])(
      'answers nothing, and no error, for the cursor "%s" of somebody who tries',
      async (before) => {
        await commit(append(1));
        expect(await range({ before, limit: 5 })).toHaveLength(0);
      },
    );

    it('takes strange names and values', async () => {
      for (const stream of STRANGE)
        await commit({ kind: 'append', stream, value: { [stream]: stream }, keep: 5 });
      for (const name of STRANGE)
        expect((await store.range({ partition, name })).map(({ value }) => value)).toEqual([
          { [name]: name },
        ]);
    });
  });

  describe('notices', () => {
    it('are heard by every instance, the own one included, by topic', async () => {
      const other = await running.another();
      const [here, there] = [listening(store, 'keys'), listening(other, 'keys')];
      const elsewhere = listening(other, 'clients');
      await Promise.all([here.ready, there.ready, elsewhere.ready]);
      const sentAt = performance.now();
      for (const message of ['1', '2', '3']) await store.notify('keys', message);
      await store.notify('clients', 'ő {"a":1}\n');
      expect((await here.heard(3)).toSorted()).toEqual(['1', '2', '3']);
      expect((await there.heard(3)).toSorted()).toEqual(['1', '2', '3']);
      expect(await elsewhere.heard(1)).toEqual(['ő {"a":1}\n']);
      expect(performance.now() - sentAt).toBeLessThan(6_000);
      await other.close();
    });

    it('of before are not told to whoever begins to listen', async () => {
      const early = listening(store, 'late');
      await early.ready;
      await store.notify('late', 'before');
      await early.heard(1);
      await running.quiet?.();
      const other = await running.another();
      const late = listening(other, 'late');
      await late.ready;
      await store.notify('late', 'after');
      expect(await late.heard(1)).toEqual(['after']);
      await other.close();
    });
  });

  describe('a walk', () => {
    /** What it tells of the partition, in an order that does not depend on the engine. */
    async function told(): Promise<string[]> {
      const all: Write[] = [];
      for await (const holding of store.walk())
        if (holding.partition === partition) all.push(...holding.writes);
      return all.map((write) => JSON.stringify(write)).toSorted();
    }

    it('tells all that is held, as the writes that make it anew, and nothing that has expired', async () => {
      const expiresAt = START + MINUTE;
      const values = [1, { ő: [null] }, 'x'];
      const kept: Write[] = [
        ...STRANGE.map((name): Write => ({ kind: 'put', name, value: { of: name } })),
        ...STRANGE.map((set): Write => ({ kind: 'add', set, member: 'm\n{}' })),
        ...STRANGE.map((stream): Write => ({ kind: 'append', stream, value: stream, keep: 1 })),
        { kind: 'put', name: 'ends', value: 1, expiresAt },
        { kind: 'add', set: 'mixed', member: 'ends', expiresAt },
        { kind: 'add', set: 'mixed', member: 'stays' },
        ...values.map((value): Write => ({ kind: 'append', stream: 'three', value, keep: 3 })),
      ];
      const over = START + 1;
      await commit(
        ...kept,
        { kind: 'put', name: 'over', value: 1, expiresAt: over },
        { kind: 'add', set: 'mixed', member: 'over', expiresAt: over },
        { kind: 'put', name: 'removed', value: 1 },
      );
      await commit({ kind: 'remove', name: 'removed' });
      await store.notify('topic', 'is not held');
      clock.time = over;
      expect(await told()).toEqual(kept.map((write) => JSON.stringify(write)).toSorted());
    });

    it('keeps the order of a stream, and every member of a large set', async () => {
      const members = Array.from(
        { length: 1_200 },
        (_, i): Write => ({ kind: 'add', set: 's', member: `${i}` }),
      );
      await commit(
        ...members,
        ...[3, 1, 2].map((value) => ({ kind: 'append', stream: 't', value, keep: 9 }) as const),
      );
      const held: Write[] = [];
      for await (const holding of store.walk())
        if (holding.partition === partition) held.push(...holding.writes);
      expect(held.filter(({ kind }) => kind === 'add')).toHaveLength(1_200);
      expect(held.flatMap((write) => (write.kind === 'append' ? [write.value] : []))).toEqual([3, 1, 2]);
    });

    it('can be left in the middle', async () => {
      await commit({ kind: 'put', name: 'a', value: 1 }, { kind: 'put', name: 'b', value: 1 });
      for await (const _one of store.walk()) break;
      expect(await put('c', 1)).toMatchObject({ value: 1 });
    });
  });

  it('is as the model says, whatever is done to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turnArbitrary, { minLength: 1, maxLength: 12 }), async (turns) => {
        clock.time = START;
        partition = `test-${++partitions}`;
        const model = new StoreModel();
        for (const { pause, plans } of turns) {
          clock.time += pause;
          const writes = plans.map((plan) => plan(model, clock.time));
          expect(await commit(...writes)).toBe(model.commit(writes, clock.time));
          await expectSame(model);
        }
      }),
      { numRuns: 40 },
    );
  });

  async function expectSame(model: StoreModel): Promise<void> {
    const entries = await store.getMany(NAMES.map((name) => ({ partition, name })));
    const sets = await Promise.all(NAMES.map((name) => store.members({ partition, name })));
    const streams = await Promise.all(NAMES.map((name) => store.range({ partition, name })));
    NAMES.forEach((name, i) => {
      const expected = model.document(name, clock.time);
      expect(entries[i]?.value).toEqual(expected?.value);
      expect(entries[i]?.expiresAt).toBe(expected?.expiresAt);
      if (entries[i]) model.learn(name, entries[i].version);
      expect(sets[i]).toEqual(model.members(name, clock.time));
      expect(streams[i]?.map(({ value }) => value)).toEqual(model.stream(name));
    });
  }

  it('answers a ping', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
}

/** Somebody who waits for notices, and for no longer than a test may. */
function listening(store: Store, topic: string) {
  const all: string[] = [];
  return {
    ready: store.onNotice(topic, (message) => all.push(message)),
    async heard(count: number): Promise<string[]> {
      const until = performance.now() + 15_000;
      while (all.length < count && performance.now() < until) await setTimeout(10);
      return all;
    },
  };
}

/** A write that knows the state it meets: an expectation can be right, too. */
type Plan = (model: StoreModel, now: number) => Write;

/** The last one is a document that an engine may keep within the stream `a`. */
const NAMES = ['a', 'b', '__proto__', tipOf({ partition: '', name: 'a' }).name];
const nameArbitrary = fc.constantFrom(...NAMES);
const memberArbitrary = fc.constantFrom('', '1', '10', '2', 'ő', '🗝️', 'constructor');
/** None that could pass by Redis' own clock during the test. */
const lifetimeArbitrary = fc.constantFrom(undefined, 0, MINUTE, 5 * MINUTE);
const expectationArbitrary = fc.constantFrom(undefined, undefined, 'as it is', 'absent', 'never');

const planArbitrary: fc.Arbitrary<Plan> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('put', 'remove'),
      nameArbitrary,
      fc.jsonValue(),
      lifetimeArbitrary,
      expectationArbitrary,
    )
    .map(([kind, name, value, lifetime, expectation]): Plan => {
      return (model, now) => {
        const version = model.document(name, now)?.version;
        const asItIs = version === undefined ? ('absent' as const) : { version };
        const expects = { 'as it is': asItIs, absent: 'absent', never: { version: 'never' } } as const;
        const demand = expectation && { expect: expects[expectation as keyof typeof expects] };
        if (kind === 'remove') return { kind, name, ...demand };
        return { kind: 'put', name, value: json(value), ...until(lifetime, now), ...demand };
      };
    }),
  fc.tuple(nameArbitrary, memberArbitrary, lifetimeArbitrary).map(
    ([set, member, lifetime]): Plan =>
      (_, now) => ({ kind: 'add', set, member, ...until(lifetime, now) }),
  ),
  fc.tuple(nameArbitrary, memberArbitrary).map(
    ([set, member]): Plan =>
      () => ({ kind: 'drop', set, member }),
  ),
  fc.tuple(nameArbitrary, fc.jsonValue(), fc.integer({ min: 1, max: 4 })).map(
    ([stream, value, keep]): Plan =>
      () => ({ kind: 'append', stream, value: json(value), keep }),
  ),
);

const turnArbitrary = fc.record({
  pause: fc.constantFrom(0, 1, MINUTE, 3 * MINUTE),
  plans: fc.array(planArbitrary, { maxLength: 4 }),
});

function until(lifetime: number | undefined, now: number): { expiresAt?: number } {
  return lifetime === undefined ? {} : { expiresAt: now + lifetime };
}

/** JSON has no negative zero. */
function json(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
