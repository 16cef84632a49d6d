/** One request's asking of the store: fewer waits, and never a lost write, a stale truth or an early answer. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { handedOver } from '../../adapters/handed-over.ts';
import { newest } from '../../adapters/newest.ts';
import { openStore } from '../../adapters/open-store.ts';
import type { Key, Store } from '../../adapters/store.ts';
import { type UnitOfWork, unitOfWork } from '../../adapters/unit-of-work.ts';
import { update } from '../../adapters/update.ts';
import { CorruptRecord } from '../../provider/flows/ports.ts';
import { newFolder } from '../support/folders.ts';

const KEY: Key = { partition: 'p', name: 'n' };
const put = (value: unknown) => [{ kind: 'put', name: KEY.name, value } as const];

describe('one request', () => {
  let folder: string;
  let engine: Store;
  let asked: string[] = [];
  let broken = false;
  let unit: UnitOfWork;

  beforeAll(async () => {
    folder = newFolder('unit');
    engine = await openStore({ dataDir: folder, clock: { now: () => Date.now() } });
    unit = unitOfWork({
      ...engine,
      async get(key) {
        asked.push(`get ${key.name}`);
        return engine.get(key);
      },
      async getMany(keys) {
        asked.push(`getMany ${keys.map(({ name }) => name)}`);
        return engine.getMany(keys);
      },
      async range(stream, page) {
        asked.push(`range ${stream.name}`);
        return engine.range(stream, page);
      },
      async commit(partition, writes) {
        asked.push('commit');
        if (broken) throw new Error('the store is broken');
        return engine.commit(partition, writes);
      },
    });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const watching = async (work: () => Promise<unknown>) => {
    asked = [];
    await work();
    return asked;
  };

  const addOne = () =>
    update<number, number>(unit, KEY, (entry) => {
      const value = (entry?.value ?? 0) + 1;
      return { write: { value }, result: value };
    });

  it('what was asked for beforehand is not asked again, and serves once', async () => {
    await engine.commit('p', put(1));
    const commands = await watching(() =>
      unit.within(async () => {
        unit.prepare([KEY, { partition: 'p', name: 'other' }]);
        expect((await unit.get(KEY))?.value).toBe(1);
        expect((await unit.get(KEY))?.value).toBe(1);
      }),
    );
    expect(commands).toEqual(['getMany n,other', 'get n']);
  });

  it('what is named in one go is asked for together, whoever names it', async () => {
    await engine.commit('p', put(1));
    const other = { partition: 'q', name: 'other' };
    const commands = await watching(() =>
      unit.within(async () => {
        unit.prepare([KEY]);
        unit.prepare([other, KEY]);
        expect((await unit.get(KEY))?.value).toBe(1);
        expect(await unit.get(other)).toBeUndefined();
        unit.prepare([other]);
        expect(await unit.get(other)).toBeUndefined();
      }),
    );
    expect(commands).toEqual(['getMany n,other', 'getMany other']);
  });

  it('entries that were asked for beforehand serve once, and only until one is appended', async () => {
    const stream: Key = { partition: 'p', name: 's' };
    const append = (value: string) => unit.commit('p', [{ kind: 'append', stream: 's', value, keep: 5 }]);
    const newest = async () => (await unit.range(stream, { limit: 2 })).map(({ value }) => value);
    await append('a');
    const commands = await watching(() =>
      unit.within(async () => {
        unit.prepareNewest(stream, 2);
        expect([await newest(), await newest()]).toEqual([['a'], ['a']]);
        unit.prepareNewest(stream, 2);
        await append('b');
        expect(await newest()).toEqual(['b', 'a']);
        unit.prepareNewest(stream, 1);
        expect(await newest()).toEqual(['b', 'a']);
      }),
    );
    expect(commands).toEqual(['range s', 'range s', 'range s', 'commit', 'range s', 'range s', 'range s']);
  });

  it('a change of what was read takes one command; when somebody else was faster it begins anew', async () => {
    await engine.commit('p', put(10));
    const quick = await watching(() => unit.within(async () => [await unit.get(KEY), await addOne()]));
    expect(quick).toEqual(['get n', 'commit']);
    const late = await watching(() =>
      unit.within(async () => {
        await unit.get(KEY);
        await engine.commit('p', put(20));
        expect(await addOne()).toBe(21);
      }),
    );
    expect(late).toEqual(['get n', 'commit', 'get n', 'commit']);
  });

  it('its own write is not forgotten by the next change', async () => {
    await engine.commit('p', put(0));
    await unit.within(async () => {
      await unit.get(KEY);
      await addOne();
      await addOne();
    });
    expect((await engine.get<number>(KEY))?.value).toBe(2);
  });

  it('is not answered before what it left for later is written', async () => {
    let written = false;
    const slow = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      written = true;
    };
    await unit.within(() => unit.later(slow));
    expect(written).toBe(true);
  });

  it('fails when what it left for later fails', async () => {
    broken = true;
    const answer = unit.within(async () => {
      await unit.later(() => unit.commit('p', put(3)));
      return 'ready';
    });
    await expect(answer).rejects.toThrow('broken');
    broken = false;
  });

  it('work that outlives it sees the store as it is', async () => {
    await engine.commit('p', put(1));
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let background: Promise<number> | undefined;
    await unit.within(async () => {
      await unit.get(KEY);
      background = gate.then(async () => {
        const commands = await watching(addOne);
        expect(commands).toEqual(['get n', 'commit']);
        return (await engine.get<number>(KEY))?.value ?? 0;
      });
    });
    await engine.commit('p', put(50));
    go();
    expect(await background).toBe(51);
  });

  it('a wrong guess costs a look, not a lost document', async () => {
    await engine.commit('p', put(7));
    const result = await update<number, number>(
      unit,
      KEY,
      (entry) => ({ write: { value: (entry?.value ?? 0) + 1 }, result: entry?.value ?? 0 }),
      { guess: 'absent' },
    );
    expect(result).toBe(7);
    expect((await engine.get<number>(KEY))?.value).toBe(8);
  });
});

describe('what a request leaves for the one that its redirect leads to', () => {
  const KEPT = { value: 'kept', version: '1' };
  const other: Key = { partition: 'p', name: 'other' };
  let asked = 0;
  const store = {
    get: async () => ({ value: `read ${++asked}`, version: 'r' }),
    commit: async () => true,
  } as unknown as Store;
  let unit: UnitOfWork;
  beforeEach(() => {
    asked = 0;
    unit = unitOfWork(store);
  });

  const leaving = (work: () => Promise<unknown>) =>
    unit.within(async () => {
      await work();
      return String(unit.ticket());
    });
  const taking = (ticket: string, key = KEY) =>
    unit.within(async () => {
      unit.take(ticket, [key]);
      return (await unit.get(key))?.value;
    });

  it('is taken once, by who has the ticket', async () => {
    const ticket = await leaving(async () => unit.leave(KEY, { entry: KEPT }));
    expect(await taking('another')).toBe('read 1');
    expect(await taking(ticket, other)).toBe('read 2');
    expect(await taking(ticket)).toBe('kept');
    expect(await taking(ticket)).toBe('read 3');
  });

  it('is what the request has read, and nothing that it has written since', async () => {
    const ticket = await leaving(async () => {
      await unit.get(KEY);
      unit.leave(KEY);
      await unit.get(other);
      unit.leave(other);
      await unit.commit(other.partition, [{ kind: 'put', name: other.name, value: 0 }]);
    });
    expect(await taking(ticket)).toBe('read 1');
    expect(await taking(ticket, other)).toBe('read 3');
  });

  it('has a version that compare-and-set holds against what there is', async () => {
    const ticket = await leaving(async () => unit.leave(KEY, { entry: KEPT }));
    await unit.within(async () => {
      unit.take(ticket, [KEY]);
      await unit.get(KEY);
      expect(unit.seen(KEY)?.entry?.version).toBe(KEPT.version);
    });
  });

  it('is gone after a second', () => {
    let now = 0;
    const between = handedOver(() => now);
    between.leave('t', KEY, { entry: KEPT });
    between.leave('u', KEY, { entry: KEPT });
    now = 999;
    expect(between.take('t', KEY)).toMatchObject({ entry: KEPT });
    now = 1_000;
    expect(between.take('u', KEY)).toBeUndefined();
  });
});

it('one document that can’t be read does not spoil those that were asked for with it', async () => {
  const torn: Key = { partition: 'p', name: 'torn' };
  const get = async ({ name }: Key) => {
    if (name === torn.name) throw new CorruptRecord('p torn');
    return { value: name, version: '1' };
  };
  const store = { get, getMany: (keys: readonly Key[]) => Promise.all(keys.map(get)) } as unknown as Store;
  const unit = unitOfWork(store);
  await unit.within(async () => {
    unit.prepare([KEY, torn]);
    expect((await unit.get(KEY))?.value).toBe('n');
    await expect(unit.get(torn)).rejects.toBeInstanceOf(CorruptRecord);
  });
});

it('what a process remembers are the newest only', () => {
  const known = newest<number>();
  for (let id = 0; id <= 10_000; id += 1) known.note(`${id}`, id);
  expect([known.of('0'), known.of('5000'), known.of('10000')]).toEqual([undefined, 5_000, 10_000]);
});
