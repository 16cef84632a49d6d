/** How requests of logins take turns, in an event loop that is only thought of. */
import { expect, it } from '@jest/globals';
import { turns } from '../../adapters/turns.ts';

const PATIENCE = { crowdingMs: 500, openingMs: 2_000, typedMs: 10_000 };

/** Each round of the loop takes as long as a turn. */
function loop(turnMs = 5) {
  let now = 0;
  let due: (() => void)[] = [];
  const taken = turns({ patience: PATIENCE, now: () => now, nextRound: (begin) => due.push(begin) });
  const begun: number[] = [];

  return {
    ...taken,
    begun,
    /** Comes, and begins when it is its turn. */
    comes(who: number): void {
      const turn = taken.mine();
      if (turn) turn.then(() => begun.push(who));
      else begun.push(who);
    },
    async round(): Promise<void> {
      now += turnMs;
      const calls = due;
      due = [];
      for (const call of calls) call();
      await undefined;
    },
  };
}

it('one begins at once, and in each round of the loop one more, in the order that they came', async () => {
  const { comes, begun, round } = loop();
  for (const who of [1, 2, 3]) comes(who);
  expect(begun).toEqual([1]);
  await round();
  expect(begun).toEqual([1, 2]);
  comes(4);
  for (let rounds = 0; rounds < 2; rounds += 1) await round();
  expect(begun).toEqual([1, 2, 3, 4]);
  for (let rounds = 0; rounds < 2; rounds += 1) await round();
  comes(5);
  expect(begun).toEqual([1, 2, 3, 4, 5]);
});

it('who opens a page is turned away when the wait is long, who has typed something much later, each to come back at a time of their own', async () => {
  const { comes, busyMs, waitMs, round } = loop(20);
  for (let rounds = 0; rounds < 200; rounds += 1) {
    comes(rounds);
    await round();
  }
  expect(busyMs('a', 'opening')).toBeUndefined();
  for (let who = 0; who < 200; who += 1) comes(who);
  expect(waitMs()).toBeGreaterThan(2_000);
  expect(busyMs('b', 'typed')).toBeUndefined();
  const told = Array.from({ length: 5 }, (_, who) => busyMs(`c${who}`, 'opening') ?? 0);
  expect(told).toEqual([...new Set(told)].toSorted((one, other) => one - other));
  expect(Math.min(...told)).toBeGreaterThanOrEqual(3_000);
  for (let who = 0; who < 600; who += 1) comes(who);
  expect(busyMs('d', 'typed')).toBeGreaterThan(3_000);
});

it('an address that has had its part is turned away before others have to wait long', async () => {
  const { comes, busyMs, waitMs } = loop();
  const asks = (address: string) => {
    const busy = busyMs(address, 'opening');
    if (busy === undefined) comes(0);
    return busy;
  };
  asks('somebody');
  const flood = Array.from({ length: 5_000 }, () => asks('flood'));
  expect(flood.some((busy) => busy !== undefined)).toBe(true);
  expect(waitMs()).toBeLessThan(PATIENCE.openingMs);
  expect(asks('somebody')).toBeUndefined();
  expect(asks('somebody else')).toBeUndefined();
});

it('a flood does not move the time at which another crowd may come back', () => {
  const { comes, busyMs } = loop();
  for (let who = 0; who < 300; who += 1) comes(who);
  for (let who = 0; who < 300; who += 1) for (const address of ['office', 'flood']) busyMs(address, 'typed');
  const flood = Array.from({ length: 40_000 }, () => busyMs('flood', 'opening') ?? 0);
  expect(Math.max(...flood)).toBeGreaterThan(50_000);
  expect(busyMs('office', 'opening')).toBeLessThan(5_000);
});
