/** How many logins may begin, on a machine that is only thought of: one event loop, and time that a test sends through it. */
import { expect, it } from '@jest/globals';
import { entrance } from '../../adapters/entrance.ts';

/** What they take of the event loop: a login half when it begins and half when its password comes, a refusal at once. Milliseconds. */
const LOGIN_MS = 8;
const REFUSAL_MS = 0.2;

/** `typingMs`: how long after they were let in passwords come, on average; from half of it to half as much again. */
function machine({ typingMs = 100 } = {}) {
  let [now, active, checked, backlogMs, longestMs, letIn] = [0, 0, 0, 0, 0, 0];
  const due = new Map<number, number>();
  const door = entrance({
    hasher: { busyMs: () => undefined, throughput: () => ({ checked, checksPerSecond: 200, waitMs: 0 }) },
    turns: { waitMs: () => backlogMs },
    now: () => now,
    activeMs: () => active,
  });

  function comes(address = ''): number | undefined {
    const busyMs = door.busyMs(address);
    letIn += busyMs === undefined ? 1 : 0;
    backlogMs += busyMs === undefined ? LOGIN_MS / 2 : REFUSAL_MS;
    const at = Math.round(now + typingMs * (0.5 + ((letIn * 0.618) % 1)));
    if (busyMs === undefined) due.set(at, (due.get(at) ?? 0) + 1);
    return busyMs;
  }

  function tick(): void {
    now += 1;
    const passwords = due.get(now) ?? 0;
    backlogMs += (passwords * LOGIN_MS) / 2;
    checked += passwords;
    const worked = Math.min(1, backlogMs);
    backlogMs -= worked;
    longestMs = Math.max(longestMs, backlogMs);
    active += worked;
  }

  /** So many come each second; answers how many were let in each second, and how long one waited at most. */
  function pass(seconds: number, perSecond: number) {
    const [begun, letInBefore] = [now, letIn];
    let arrived = 0;
    longestMs = 0;
    while (now - begun < seconds * 1000) {
      tick();
      for (; arrived < ((now - begun) * perSecond) / 1000; arrived += 1) comes();
    }
    return {
      perSecond: (letIn - letInBefore) / seconds,
      longestMs,
    };
  }

  /** One address asks so often each second, for nothing, while others come, each from their own; answers how many of each were let in. */
  function flooded(seconds: number, perSecond: number, others: number) {
    const until = now + seconds * 1000;
    const letThrough = { flood: 0, others: 0 };
    let [asked, came] = [0, 0];
    for (const begun = now; now < until; tick()) {
      const passed = (now - begun) / 1000;
      for (; asked < passed * perSecond; asked += 1) letThrough.flood += Number(!door.busyMs('flood'));
      for (; came < passed * others; came += 1) letThrough.others += Number(!comes(`other${came}`));
    }
    return { flood: letThrough.flood / seconds, others: letThrough.others / seconds };
  }

  return {
    comes,
    flooded,
    pass,
    passes: door.passes,
    opens: door.opens,
    isBusy(ms: number) {
      backlogMs += ms;
    },
  };
}

it('lets everybody in while there is room, also who comes at the same moment, or after a long step', () => {
  const { pass, comes, isBusy } = machine();
  expect(pass(10, 50).perSecond).toBe(50);
  expect(Array.from({ length: 40 }, () => comes())).toEqual(Array(40).fill(undefined));
  isBusy(300);
  expect(pass(10, 30).perSecond).toBe(30);
});

it('in a storm lets in what the loop carries beside the refusals, and everybody after it', () => {
  const { pass } = machine();
  pass(5, 5);
  pass(8, 400);
  const storm = pass(20, 400);
  // 1000 ms less 280 refusals of 0.2 ms leave room for 117 logins of 8 ms.
  expect(storm.perSecond).toBeGreaterThan(110);
  expect(storm.longestMs).toBeLessThan(500);
  pass(3, 10);
  expect(pass(10, 40).perSecond).toBe(40);
});

it('finds its pace also where people take their time, whose work is seen only when they have typed', () => {
  const { pass } = machine({ typingMs: 15_000 });
  const storm = pass(110, 300);
  expect(storm.longestMs).toBeLessThan(1_000);
  expect(storm.perSecond).toBeGreaterThan(110);
});

it('a flood from one address keeps nobody else out, and has the room while nobody else comes', () => {
  const { flooded } = machine();
  expect(flooded(5, 2_000, 0).flood).toBeGreaterThan(150);
  flooded(2, 2_000, 30);
  const { flood, others } = flooded(10, 2_000, 30);
  expect(others).toBeGreaterThan(28);
  expect(flood + others).toBeLessThan(205);
});

it('lets somebody in whatever the loop is busy with', () => {
  const { pass, isBusy } = machine();
  isBusy(30_000);
  pass(10, 50);
  expect(pass(10, 50).perSecond).toBeGreaterThanOrEqual(18);
});

it('tells everybody whom it turns away a time of their own', () => {
  const { comes } = machine();
  const told = Array.from({ length: 300 }, () => comes()).filter((ms) => ms !== undefined);
  expect(told.length).toBeGreaterThan(100);
  expect(told).toEqual([...new Set(told)].toSorted((one, other) => one - other));
  expect(told.every((ms) => ms >= 3_000 && ms <= 60_000)).toBe(true);
});

it('a session goes past the pace ten times a second, whatever others do', () => {
  const { passes, pass } = machine();
  const passed = (sessionId: string) => Array.from({ length: 50 }, () => passes(sessionId)).filter(Boolean);
  expect(passed('one')).toHaveLength(10);
  expect(passed('another')).toHaveLength(10);
  pass(1, 0);
  expect(passed('one')).toHaveLength(10);
});

it('a pushed request goes past the pace twice, however slowly', () => {
  const { opens, pass } = machine();
  const opened = ['one', 'one', 'one', 'another'].map((requestUri) => {
    pass(2, 0);
    return opens(requestUri);
  });
  expect(opened).toEqual([true, true, false, true]);
});
