/** Hashes of passwords: what they are, how many can be made, and that the time they take gives nobody away. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hashSync as bcrypt } from '@node-rs/bcrypt';
import { NO_METRICS } from '../../adapters/measured.ts';
import { type ClosablePasswordHasher, missingWork, passwordHasher } from '../../adapters/password-hasher.ts';
import { passwordHashFault } from '../../provider/core/password-hash.ts';
import { Overloaded } from '../../provider/flows/ports.ts';

const TODAY = { memoryKiB: 64, passes: 2, lanes: 1 };
const PATIENCE = { keepOutMs: 30, turnAwayMs: 60, refuseMs: 120 };

let hasher: ClosablePasswordHasher;
let known: string;

beforeAll(async () => {
  hasher = await passwordHasher({ argon2: TODAY, threads: 1, patience: PATIENCE });
  known = await hasher.hash('korrekt ló elem kapocs');
});
afterAll(() => hasher.close());

it('hashes by Argon2id with the parameters given and a salt of its own', async () => {
  expect(known).toMatch(/^\$argon2id\$v=19\$m=64,t=2,p=1\$/);
  expect(await hasher.hash('korrekt ló elem kapocs')).not.toBe(known);
});

it('knows the right password from a wrong one', async () => {
  expect(await hasher.verify(known, 'korrekt ló elem kapocs')).toBe(true);
  expect(await hasher.verify(known, 'korrekt ló elem Kapocs')).toBe(false);
  expect(await hasher.verify(known, '')).toBe(false);
});

it.each(['anything', 'nobody has this password'])(
  'lets nobody in without a hash, not with %j',
  async (secret) => {
    expect(await hasher.verify(undefined, secret)).toBe(false);
  },
);

it.each([
  ['long', 'ő'.repeat(500)],
  ['with a NUL in it', 'before\0after'],
])('counts the whole of a password that is %s', async (_, start) => {
  const hash = await hasher.hash(`${start}1`);
  expect(await hasher.verify(hash, `${start}1`)).toBe(true);
  expect(await hasher.verify(hash, `${start}2`)).toBe(false);
});

it.each([
  ['of today', '$argon2id$v=19$m=64,t=2,p=1$c2FsdA$aGFzaA', false],
  ['stronger than today', '$argon2id$v=19$m=128,t=3,p=2$c2FsdA$aGFzaA', false],
  ['with less memory', '$argon2id$v=19$m=63,t=2,p=1$c2FsdA$aGFzaA', true],
  ['with fewer passes', '$argon2id$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA', true],
  ['with fewer lanes', '$argon2id$v=19$m=64,t=2,p=0$c2FsdA$aGFzaA', true],
  ['of another kind', '$argon2i$v=19$m=64,t=2,p=1$c2FsdA$aGFzaA', true],
])('outdated: a hash %s', (_, hash, outdated) => {
  expect(hasher.outdated(hash)).toBe(outdated);
});

it('is bounded by time: says when to come back, refuses whoever asks all the same, serves the others, and goes on', async () => {
  const slow = { memoryKiB: 8_192, passes: 2, lanes: 1 };
  const busy = await passwordHasher({ argon2: slow, threads: 1, patience: PATIENCE });
  const hash = await busy.hash('korrekt ló elem kapocs');
  await busy.verify(hash, 'korrekt ló elem kapocs');
  expect(busy.busyMs()).toBeUndefined();

  const tries = 300;
  const asked = Array.from({ length: tries }, () => busy.verify(hash, 'korrekt ló elem kapocs'));
  const [first = 0, second = 0] = [busy.busyMs(), busy.busyMs()];
  expect(first).toBeGreaterThan(PATIENCE.turnAwayMs);
  expect(second).toBeGreaterThan(first);

  const outcomes = await Promise.allSettled(asked);
  const served = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(served.length).toBeGreaterThan(0);
  expect(served.every(Boolean)).toBe(true);
  expect(refused.length).toBeGreaterThan(served.length);
  expect(refused.every((reason) => reason instanceof Overloaded)).toBe(true);
  expect(busy.busyMs()).toBeUndefined();
  expect(await busy.verify(hash, 'korrekt ló elem kapocs')).toBe(true);
  await busy.close();
});

it('enumeration: an account with an older, cheaper hash takes the same work as a name that does not exist', () => {
  const today = { memoryKiB: 19_456, passes: 2, lanes: 1 };
  const work = ({ memoryKiB, passes }: { memoryKiB: number; passes: number }) => memoryKiB * passes;
  for (const [memoryKiB, passes] of [
    [19_456, 1],
    [9_728, 2],
    [12_288, 3],
    [4_096, 1],
  ] as const) {
    const more = missingWork(`$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$c2FsdA$aGFzaA`, today);
    const all = memoryKiB * passes + (more ? work(more) : 0);
    expect(Math.abs(all - work(today))).toBeLessThan(0.001 * work(today));
  }
  expect(missingWork('$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', today)).toBeUndefined();
  expect(missingWork('$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA', today)).toBeUndefined();
});

it('enumeration: once a hash of another system was met, a name that does not exist takes its time too', async () => {
  const seconds: number[] = [];
  const metrics = {
    ...NO_METRICS,
    took: (name: string, s: number) => name === 'kapu_hash_seconds' && seconds.push(s),
  };
  const measured = await passwordHasher({
    argon2: TODAY,
    threads: 1,
    patience: { keepOutMs: 60_000, turnAwayMs: 10_000, refuseMs: 20_000 },
    metrics,
  });
  const fastest = async (hash: string | undefined) => {
    seconds.length = 0;
    for (let i = 0; i < 3; i += 1) expect(await measured.verify(hash, 'wrong')).toBe(false);
    return Math.min(...seconds);
  };
  const before = await fastest(undefined);
  const foreign = await fastest(bcrypt('korrekt ló elem kapocs', { cost: 10 }));
  expect(foreign).toBeGreaterThan(5 * before);
  for (const hash of [undefined, known]) expect(await fastest(hash)).toBeGreaterThan(5 * before);
  await measured.close();
});

it.each([
  ['argon2id of ours', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA', undefined],
  ['argon2id with a gibibyte', '$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA', 'dear'],
  [
    'argon2id with a thousand passes',
    '$argon2id$v=19$m=65536,t=999,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    'dear',
  ],
  ['argon2i', '$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA', 'no kind'],
  ['bcrypt with cost 14', `$2y$14$${'a'.repeat(53)}`, undefined],
  ['bcrypt with cost 15', `$2y$15$${'a'.repeat(53)}`, 'dear'],
  ['scrypt', `$scrypt$ln=17,r=8,p=1$c2FsdHNhbHQ$${'a'.repeat(43)}`, undefined],
  ['scrypt with a gibibyte', `$scrypt$ln=20,r=8,p=1$c2FsdHNhbHQ$${'a'.repeat(43)}`, 'dear'],
  ['scrypt with nothing to compare', '$scrypt$ln=14,r=8,p=1$c2FsdHNhbHQ$YQ', 'no kind'],
  ['a fast hash', '5f4dcc3b5aa765d61d8327deb882cf99', 'no kind'],
] as const)('a hash of another system: %s', (_, hash, fault) => {
  const words = { dear: /takes too long/, 'no kind': /must be argon2id, bcrypt or scrypt/ };
  if (fault) expect(passwordHashFault(hash)).toMatch(words[fault]);
  else expect(passwordHashFault(hash)).toBeUndefined();
});
