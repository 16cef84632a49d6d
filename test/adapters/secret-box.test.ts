/** Sealed values: what opens them, and what does not. */
import { randomBytes } from 'node:crypto';
import { beforeEach, expect, it } from '@jest/globals';
import { secretBox } from '../../adapters/secret-box.ts';

const CONTEXT = 'account-1 totp';
const PLAIN = 'árvíztűrő TITOK';
const older = randomBytes(32);
const newer = randomBytes(32);

let alarms: string[] = [];
const boxOf = (...keys: Uint8Array[]) => secretBox(keys, (context) => alarms.push(context));

beforeEach(() => {
  alarms = [];
});

/** The same text once for each of its bits, with that bit turned over. */
function flipped(text: string): string[] {
  const bytes = Buffer.from(text, 'base64url');
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return copy.toString('base64url');
  });
}

it('opens what it sealed, and seals the same text differently each time', () => {
  const box = boxOf(newer);
  const sealed = [box.seal(PLAIN, CONTEXT), box.seal(PLAIN, CONTEXT)] as const;
  expect(sealed.map((one) => box.open(one, CONTEXT))).toEqual([PLAIN, PLAIN]);
  expect(box.open(box.seal('', CONTEXT), CONTEXT)).toBe('');
  expect(sealed[0].iv).not.toBe(sealed[1].iv);
  expect(sealed[0].data).not.toBe(sealed[1].data);
  expect(alarms).toEqual([]);
});

it.each(['data', 'iv'] as const)(
  'opens nothing of which one bit of %s was turned over, and says so',
  (part) => {
    const box = boxOf(newer);
    const sealed = box.seal(PLAIN, CONTEXT);
    const damaged = flipped(sealed[part]).map((text) => ({ ...sealed, [part]: text }));
    expect(damaged.filter((one) => box.open(one, CONTEXT) !== undefined)).toEqual([]);
    expect(alarms).toEqual(damaged.map(() => CONTEXT));
  },
);

it.each(['', 'AAAA'])('opens nothing that is too short to be sealed (%j)', (text) => {
  const box = boxOf(newer);
  const sealed = box.seal(PLAIN, CONTEXT);
  expect(box.open({ ...sealed, data: text }, CONTEXT)).toBeUndefined();
  expect(box.open({ ...sealed, iv: text }, CONTEXT)).toBeUndefined();
  expect(alarms).toHaveLength(2);
});

it('opens nothing that was sealed for another context, and says which', () => {
  const box = boxOf(newer);
  expect(box.open(box.seal(PLAIN, CONTEXT), 'account-2 totp')).toBeUndefined();
  expect(alarms).toEqual(['account-2 totp']);
});

it('opens nothing under a key it does not have, and says so', () => {
  const sealed = boxOf(older).seal(PLAIN, CONTEXT);
  expect(boxOf(newer).open(sealed, CONTEXT)).toBeUndefined();
  expect(alarms).toEqual([CONTEXT]);
});

it('seals with the newest key and opens with all of them', () => {
  const before = boxOf(older).seal(PLAIN, CONTEXT);
  const rotated = boxOf(newer, older);
  const after = rotated.seal(PLAIN, CONTEXT);
  expect(rotated.open(before, CONTEXT)).toBe(PLAIN);
  expect(boxOf(newer).open(after, CONTEXT)).toBe(PLAIN);
  expect(after.keyId).not.toBe(before.keyId);
  expect(alarms).toEqual([]);
});

it('needs a key', () => {
  expect(() => boxOf()).toThrow('needs a key');
});
