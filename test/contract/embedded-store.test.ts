/** What only the store in a folder has to prove: it outlives its process, and shares the folder with others. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { keyOf } from '../../adapters/embedded-keys.ts';
import { openEmbeddedStore } from '../../adapters/embedded-store.ts';
import type { Store } from '../../adapters/store.ts';
import { CorruptRecord, StoreUnavailable } from '../../provider/flows/ports.ts';
import { spoilRow } from '../support/damage.ts';

const START = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;
const COUNTER = { partition: 'p', name: 'counter' };

let folder: string;
let stores: Store[];
const clock = { time: START, now: () => clock.time };

beforeEach(async () => {
  clock.time = START;
  stores = [];
  folder = join(await mkdtemp(join(tmpdir(), 'kapu-store-')), 'store');
});

afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await rm(join(folder, '..'), { recursive: true });
});

function open(): Store {
  const store = openEmbeddedStore({ folder, clock });
  stores.push(store);
  return store;
}

async function increment(store: Store): Promise<void> {
  const entry = await store.get<number>(COUNTER);
  const expect = entry ? { version: entry.version } : 'absent';
  const value = (entry?.value ?? 0) + 1;
  if (!(await store.commit('p', [{ kind: 'put', name: 'counter', value, expect }]))) await increment(store);
}

const counted = async (store: Store) => (await store.get<number>(COUNTER))?.value;

describe('a folder', () => {
  it('is made, for its owner alone', async () => {
    open();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('still holds everything when it is opened again', async () => {
    const first = open();
    await first.commit('p', [
      { kind: 'put', name: 'document', value: { ő: 1 }, expiresAt: START + MINUTE },
      { kind: 'add', set: 'set', member: 'member' },
      { kind: 'append', stream: 'stream', value: 1, keep: 10 },
    ]);
    const entry = await first.get({ partition: 'p', name: 'document' });
    const [oldest] = await first.range({ partition: 'p', name: 'stream' });
    await first.close();

    const second = open();
    expect(await second.get({ partition: 'p', name: 'document' })).toEqual(entry);
    expect(await second.members({ partition: 'p', name: 'set' })).toEqual(['member']);
    await second.commit('p', [{ kind: 'append', stream: 'stream', value: 2, keep: 10 }]);
    expect(await second.range({ partition: 'p', name: 'stream' })).toMatchObject([
      { value: 2 },
      { ...oldest },
    ]);
  });

  it('a row that can not be read is named without its content, harms no other, and can be replaced', async () => {
    const store = open();
    const partition = 'p';
    const expiresAt = START + MINUTE;
    await store.commit(partition, [
      { kind: 'put', name: 'spoilt', value: 1, expiresAt },
      { kind: 'put', name: 'sound', value: 1, expiresAt },
    ]);
    await spoilRow(folder, 'documents', keyOf({ partition, name: 'spoilt' }));

    const reading = store.get({ partition, name: 'spoilt' });
    await expect(reading).rejects.toEqual(new CorruptRecord('p spoilt'));
    expect(await store.get({ partition, name: 'sound' })).toMatchObject({ value: 1 });
    expect(await store.commit(partition, [{ kind: 'put', name: 'spoilt', value: 2 }])).toBe(true);
    expect(await store.get({ partition, name: 'spoilt' })).toMatchObject({ value: 2 });
  });

  it('can be open twice in one process', async () => {
    const [one, other] = [open(), open()];
    await Promise.all(Array.from({ length: 20 }, (_, i) => increment(i % 2 ? one : other)));
    expect([await counted(one), await counted(other)]).toEqual([20, 20]);
    await one.close();
    await increment(other);
    expect(await counted(other)).toBe(21);
  });

  it('that can not be one is the fault of the store', async () => {
    await writeFile(folder, 'a file');
    expect(open).toThrow(StoreUnavailable);
  });

  it('grows with what is put in', async () => {
    const store = open();
    const value = 'x'.repeat(1_000_000);
    for (let i = 0; i < 20; i += 1) await store.commit('p', [{ kind: 'put', name: `${i}`, value }]);
    expect((await store.get({ partition: 'p', name: '0' }))?.value).toBe(value);
  });
});

describe('the sweep', () => {
  const EXPIRED = 1200;
  /** All but the interval. */
  const NOT_FAKED = [
    'Date',
    'hrtime',
    'nextTick',
    'performance',
    'queueMicrotask',
    'setImmediate',
    'clearImmediate',
    'setTimeout',
    'clearTimeout',
  ] as const;

  beforeEach(() => void jest.useFakeTimers({ doNotFake: [...NOT_FAKED] }));
  afterEach(() => void jest.useRealTimers());

  it('really removes what has expired, and only that', async () => {
    const store = open();
    const names = Array.from({ length: EXPIRED }, (_, i) => `expired-${i}`);
    await store.commit('p', [
      ...names.map((name) => ({ kind: 'put', name, value: 1, expiresAt: START + 10_000 }) as const),
      { kind: 'add', set: 'set', member: 'expired', expiresAt: START + 10_000 },
      { kind: 'add', set: 'set', member: 'later', expiresAt: START + 10 * MINUTE },
      { kind: 'put', name: 'later', value: 1, expiresAt: START + 10 * MINUTE },
      { kind: 'put', name: 'for ever', value: 1 },
    ]);
    await store.commit('p', [
      { kind: 'put', name: 'expired-0', value: 'kept after all' },
      { kind: 'put', name: 'expired-1', value: 'prolonged', expiresAt: START + 10 * MINUTE },
    ]);

    clock.time = START + MINUTE;
    jest.advanceTimersByTime(MINUTE);
    for (let transaction = 0; transaction < 5; transaction += 1)
      await store.commit('p', [{ kind: 'remove', name: '-' }]);

    clock.time = START; // what is still there would be alive again
    const left = await store.getMany(
      [...names, 'later', 'for ever'].map((name) => ({ partition: 'p', name })),
    );
    expect(left.filter(Boolean).map((entry) => entry?.value)).toEqual(['kept after all', 'prolonged', 1, 1]);
    expect(await store.members({ partition: 'p', name: 'set' })).toEqual(['later']);
  });
});

describe('another process', () => {
  /** The module of the store, the counter's increment as above, and `body`. */
  function run(body: string, limits = ''): ChildProcess {
    const code = `
      import { openEmbeddedStore } from ${JSON.stringify(new URL('../../adapters/embedded-store.ts', import.meta.url).href)};
      const COUNTER = ${JSON.stringify(COUNTER)};
      const store = openEmbeddedStore({ folder: ${JSON.stringify(folder)}, clock: Date });
      const increment = ${increment.toString()};
      ${body}`;
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', code];
    return spawn('sh', ['-c', `${limits} exec "$@"`, 'sh', ...node], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  it('loses no increment to us, nor we to it', async () => {
    const store = open();
    const body = 'for (let i = 0; i < 200; i += 1) await increment(store); await store.close();';
    const others = [run(body), run(body)];
    const ends = others.map((other) => once(other, 'exit'));
    let ours = 0;
    while (others.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      await increment(store);
      ours += 1;
    }
    for (const end of ends) expect(await end).toEqual([0, null]);
    expect(await counted(store)).toBe(400 + ours);
  });

  it('hears our notices, and we hear its', async () => {
    const store = open();
    const heard: string[] = [];
    await store.onNotice('theirs', (message) => heard.push(message));
    const other = run(`
      const told = new Promise((resolve) => {
        store.onNotice('ours', (message) => resolve(message)).then(() => console.log('listening'));
      });
      const alive = setTimeout(() => {}, 60_000);
      await store.notify('theirs', 'heard ' + (await told));
      await store.close();
      clearTimeout(alive);`);
    const ended = once(other, 'exit');
    for await (const _ of createInterface(other.stdout!)) await store.notify('ours', 'it');
    await ended;
    const until = performance.now() + 30_000;
    while (heard.length === 0 && performance.now() < until) await pause(20);
    expect(heard).toEqual(['heard it']);
  });

  it('may be killed while it writes: what it was told is written stays, and we go on', async () => {
    const store = open();
    const other = run('for (let i = 1; ; i += 1) { await increment(store); console.log(i); }');
    const ended = once(other, 'exit');
    let acknowledged = 0;
    for await (const line of createInterface(other.stdout!)) {
      acknowledged = Number(line);
      if (acknowledged === 100) other.kill('SIGKILL');
    }
    // Its output may be at an end while its last commit is not.
    await ended;
    const count = await counted(store);
    expect(count).toBeGreaterThanOrEqual(acknowledged);
    await increment(store);
    expect(await counted(store)).toBe(count! + 1);
  });

  it('may find the disk full: the commit is refused as a whole, with the cause, and the process lives on', async () => {
    const megabytes = 2;
    const other = run(
      `const value = 'x'.repeat(100_000);
      for (let i = 0, failure; !failure; i += 1) {
        failure = await store.commit('p', [
          { kind: 'put', name: 'last', value: i },
          { kind: 'put', name: String(i), value },
        ]).then(() => undefined, (error) => error);
        if (!failure) continue;
        await new Promise((resolve) => setTimeout(resolve, 50));
        const last = await store.get({ partition: 'p', name: 'last' });
        console.log(JSON.stringify([failure.name, failure.cause.message, i - last.value]));
      }
      await store.close();`,
      `ulimit -f ${megabytes * 2048}; trap '' XFSZ;`,
    );
    const lines: string[] = [];
    for await (const line of createInterface(other.stdout!)) lines.push(line);
    expect(lines.map((line) => JSON.parse(line))).toEqual([['StoreUnavailable', expect.any(String), 1]]);
    expect(other.exitCode ?? (await once(other, 'exit'))[0]).toBe(0);
    expect(await open().get({ partition: 'p', name: 'last' })).toBeDefined();
  });
});
