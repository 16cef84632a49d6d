/** The sealed file: whatever is done to it, nothing but the whole of what was written is ever taken for it. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readBackup, verifyBackup, writeBackup } from '../../adapters/backup/backup-file.ts';
import { NotOpened } from '../../adapters/backup/sealed-stream.ts';
import { isFree, isUnfinished, lastingOnly, transfer } from '../../adapters/backup/transfer.ts';
import { openEmbeddedStore } from '../../adapters/embedded-store.ts';
import type { Engine, Holding, Write } from '../../adapters/store.ts';
import { newFolder } from '../support/folders.ts';

const key = randomBytes(32);
let folder: string;
let file: string;

beforeAll(() => {
  folder = newFolder('backup');
  file = path.join(folder, 'backup');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function* told(holdings: readonly Holding[]): AsyncGenerator<Holding> {
  yield* holdings;
}

async function all(holdings: AsyncIterable<Holding>): Promise<Holding[]> {
  const read: Holding[] = [];
  for await (const holding of holdings) read.push(holding);
  return read;
}

const put = (name: string, value: unknown): Holding => ({
  partition: 'p',
  writes: [{ kind: 'put', name, value }],
});

/** Bytes that can't be made smaller, so that there are several chunks. */
const HELD: readonly Holding[] = [
  put('__proto__', { ű: 'line\nbreak\u2028' }),
  ...Array.from({ length: 40 }, (_, i) => put(`${i}`, randomBytes(6_000).toString('base64'))),
];

describe('a backup', () => {
  it('comes out as it went in, is for its owner alone, and names nothing of what is in it', async () => {
    expect(await writeBackup(file, told(HELD), key)).toEqual({ documents: 41, members: 0, entries: 0 });
    expect(await all(readBackup(file, [randomBytes(32), key]))).toEqual(HELD);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'latin1')).not.toContain('proto');
    expect(readdirSync(folder)).toEqual(['backup']);
  });

  it('cut off anywhere, also between two chunks, is not opened', async () => {
    const whole = readFileSync(file);
    const chunk = 64 * 1024 + 16;
    const header = 54;
    for (const length of [
      0,
      1,
      20,
      header,
      header + 1,
      header + chunk,
      header + 2 * chunk,
      whole.length - 1,
    ]) {
      writeFileSync(`${file}.cut`, whole.subarray(0, length));
      await expect(verifyBackup(`${file}.cut`, [key])).rejects.toThrow(NotOpened);
    }
  });

  it('with one bit flipped, or a chunk left out, moved, or taken from another backup, is not opened', async () => {
    const whole = readFileSync(file);
    const other = path.join(folder, 'other');
    await writeBackup(other, told(HELD), key);
    const chunk = (i: number, of = whole) => of.subarray(54 + i * 65_552, 54 + (i + 1) * 65_552);
    const rest = (i: number) => whole.subarray(54 + i * 65_552);
    const header = whole.subarray(0, 54);
    const flips = [15, 30, 60, 70_000, whole.length - 1].map((at) => {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      return changed;
    });
    const parts = [
      [header, rest(1)],
      [header, chunk(1), chunk(0), rest(2)],
      [header, chunk(0, readFileSync(other)), rest(1)],
      [whole, chunk(0)],
    ];
    for (const bytes of [...flips, ...parts.map((some) => Buffer.concat(some))]) {
      writeFileSync(`${file}.changed`, bytes);
      await expect(verifyBackup(`${file}.changed`, [key])).rejects.toThrow(NotOpened);
    }
  });

  it('under another key, or something else, says so', async () => {
    await expect(verifyBackup(file, [randomBytes(32)])).rejects.toThrow(/sealed with the key [\w-]{8}/);
    writeFileSync(`${file}.text`, 'something else, and long enough to be a header of a backup');
    await expect(verifyBackup(`${file}.text`, [key])).rejects.toThrow('no backup');
  });

  it('replaces none, and one that fails half way leaves none', async () => {
    await expect(writeBackup(file, told([]), key)).rejects.toThrow('EEXIST');
    async function* failing(): AsyncGenerator<Holding> {
      yield put('n', 1);
      throw new Error('Redis went away');
    }
    await expect(writeBackup(`${file}.failed`, failing(), key)).rejects.toThrow('Redis went away');
    expect(readdirSync(folder).filter((name) => name.includes('failed'))).toEqual([]);
    expect(await all(readBackup(file, [key]))).toEqual(HELD);
  });

  it('of nothing is a backup of nothing', async () => {
    await writeBackup(`${file}.empty`, told([]), key);
    expect(await all(readBackup(`${file}.empty`, [key]))).toEqual([]);
  });
});

describe('a transfer', () => {
  let stores = 0;
  async function opened(use: (store: Engine) => Promise<void>): Promise<void> {
    stores += 1;
    const store = openEmbeddedStore({ folder: path.join(folder, `store-${stores}`), clock: Date });
    await use(store).finally(() => store.close());
  }
  const stream = (values: readonly number[]): Holding => ({
    partition: 'p',
    writes: values.map((value): Write => ({ kind: 'append', stream: 's', value, keep: values.length })),
  });

  it('that is broken off holds the store for itself, and can be begun again', () =>
    opened(async (store) => {
      async function* breaking(): AsyncGenerator<Holding> {
        for (let i = 0; i < 300; i += 1) yield put(`${i}`, i);
        throw new Error('broken off');
      }
      await expect(transfer(breaking(), store)).rejects.toThrow('broken off');
      expect([await isUnfinished(store), await isFree(store)]).toEqual([true, true]);
      await transfer(told([put('1', 1), stream([1, 2])]), store);
      expect([await isUnfinished(store), await isFree(store)]).toEqual([false, false]);
    }));

  it('writes a stream once, though Redis may tell it twice', () =>
    opened(async (store) => {
      const first = Array.from({ length: 256 }, (_, i) => put(`${i}`, i));
      await transfer(told([stream([1, 2]), stream([1, 2]), ...first, stream([1, 2])]), store);
      expect((await store.range({ partition: 'p', name: 's' })).map(({ value }) => value)).toEqual([2, 1]);
    }));

  it('of what lasts leaves out what ends by itself', async () => {
    const ending: Write = { kind: 'add', set: 's', member: 'ends', expiresAt: 1 };
    const lasting: Write = { kind: 'add', set: 's', member: 'stays' };
    const kept = await all(
      lastingOnly(
        told([
          { partition: 'p', writes: [ending, lasting] },
          { partition: 'q', writes: [ending] },
        ]),
      ),
    );
    expect(kept).toEqual([{ partition: 'p', writes: [lasting] }]);
  });
});
