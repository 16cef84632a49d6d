/** The durable queue on both engines, and letters on their way there: what two instances, a crash, a hanging receiver and a lost key do to them. */
import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { storedAccounts } from '../../adapters/accounts.ts';
import { background } from '../../adapters/background.ts';
import { storedHistory } from '../../adapters/history.ts';
import { queuedMailer } from '../../adapters/mailer.ts';
import { NO_METRICS } from '../../adapters/measured.ts';
import { openStore } from '../../adapters/open-store.ts';
import type { Receiver } from '../../adapters/outbox/delivery.ts';
import type { Lane } from '../../adapters/outbox/lanes.ts';
import { openOutbox } from '../../adapters/outbox/outbox.ts';
import type { Receivers, Workers } from '../../adapters/outbox/workers.ts';
import { owedLetters } from '../../adapters/owed-letters.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import type { Store } from '../../adapters/store.ts';
import { systemRandom as random } from '../../adapters/system.ts';
import { redisAt } from '../../config/redis.ts';
import type { Sealed } from '../../provider/core/account.ts';
import type { Delivered } from '../../provider/core/delivery.ts';
import type { Mail } from '../../provider/core/mail.ts';
import { anAccount } from '../support/accounts.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import { newFolder } from '../support/folders.ts';
import { workerWithJob } from '../support/process.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { HOURS, MINUTES, SECONDS } from '../support/time.ts';

const QUIET = { info() {}, warn() {}, error() {} };
const never = () => new Promise<never>(() => {});

/** Delivers to a list. */
function into(got: unknown[]): Receiver['deliver'] {
  return async (body) => {
    got.push(body);
    return 'done';
  };
}

/** A store for a process that dies: the last of so many commits is carried out unheard, and none after it. */
function mortal(commits: number, store: Store) {
  let left = commits;
  const dying: Store = {
    ...store,
    async commit(...given) {
      left -= 1;
      const done = left >= 0 && (await store.commit(...given));
      if (left <= 0) throw new Error('dead');
      return done;
    },
  };
  return { dying, lives: () => left > 0 };
}

/** A delivery that begins and waits to be told how it ends. */
function held() {
  const begin = new EventEmitter();
  const begun = once(begin, 'begun').then(([body]) => body as unknown);
  let end: (delivered: Delivered) => void = () => {};
  const deliver: Receiver['deliver'] = (body) => {
    begin.emit('begun', body);
    return new Promise((resolve) => {
      end = resolve;
    });
  };
  return { deliver, begun, end: (delivered: Delivered) => end(delivered) };
}

onEachEngine(outboxOn);

function outboxOn(engine: EngineName): void {
  let now: number;
  const clock = { now: () => now };
  let redis: RedisServer | undefined;
  let folder: string;
  let store: Store;
  let atWork: Workers[];

  beforeAll(async () => {
    redis = engine === 'redis' ? await startRedis() : undefined;
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    now = Date.now();
    atWork = [];
    redis?.command('FLUSHALL');
    folder = newFolder('outbox');
    store = await openStore({ dataDir: folder, clock, ...(redis && { redis: redisAt(redis.url) }) });
  });
  afterEach(async () => {
    await Promise.all(atWork.map((workers) => workers.stop()));
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** One instance of the service over the store. */
  function instance({ over = store, key = 0 }: { over?: Store; key?: number } = {}) {
    const box = secretBox([new Uint8Array(32).fill(key)], () => {});
    const outbox = openOutbox({
      store: over,
      secretBox: box,
      random,
      clock,
      log: QUIET,
      metrics: NO_METRICS,
    });
    return {
      ...outbox,
      put: (lane: Lane, body: unknown, more: { id?: string } = {}) =>
        outbox.put({ lane, about: 'test', body, giveUpAt: now + 24 * HOURS, ...more }),
      starts(receivers: Receivers): Workers {
        const workers = outbox.work(receivers);
        atWork.push(workers);
        return workers;
      },
    };
  }

  function receiver(deliver: Receiver['deliver'], more: Partial<Receiver> = {}): Receiver {
    const retry = { firstDelayMs: 10 * SECONDS, longestDelayMs: 1 * HOURS };
    return { deliver, retry, deadlineMs: 30 * SECONDS, handsPerLane: 1, hands: 8, ...more };
  }

  /** Everything that is due has been tried. */
  async function passes(workers: Workers, milliseconds = 0): Promise<void> {
    now += milliseconds;
    await workers.wakeAll();
    await workers.settled();
  }

  it('keeps a job by one write, and delivers it in the order of the puts', async () => {
    let commits = 0;
    const counted: Store = {
      ...store,
      commit(...given) {
        commits += 1;
        return store.commit(...given);
      },
    };
    const { put, starts } = instance({ over: counted });
    await put('mail/0', 'first');
    commits = 0;
    for (const body of ['second', 'third']) {
      now += 1;
      await put('mail/0', body);
    }
    expect(commits).toBe(2);
    const got: unknown[] = [];
    await passes(starts({ mail: receiver(into(got)) }));
    expect(got).toEqual(['first', 'second', 'third']);
  });

  it('delivers at once what this instance puts, and nothing twice', async () => {
    const { put, starts } = instance();
    const got: unknown[] = [];
    const workers = starts({ mail: receiver(into(got)) });
    await put('mail/0', 'a');
    await workers.settled();
    expect(got).toEqual(['a']);
    await passes(workers, 1 * HOURS);
    expect(got).toEqual(['a']);
  });

  it('takes two puts of one id for one', async () => {
    const { put, starts } = instance();
    await put('logout/portal', 'once', { id: 'sid' });
    await put('logout/portal', 'again', { id: 'sid' });
    const got: unknown[] = [];
    await passes(starts({ logout: receiver(into(got)) }));
    expect(got).toEqual(['once']);
  });

  it('two instances share 100 jobs and deliver none of them twice', async () => {
    const [one, other] = [instance(), instance()];
    for (let job = 0; job < 100; job += 1) await one.put(`mail/${job % 4}`, job);
    const got: unknown[] = [];
    const slow = () => receiver(into(got), { handsPerLane: 3 });
    const both = [one.starts({ mail: slow() }), other.starts({ mail: slow() })];
    while (got.length < 100) {
      await Promise.all(both.map((workers) => passes(workers)));
    }
    expect(got.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 100 }, (_, job) => job),
    );
  });

  it('a job in the hands of an instance that hangs is delivered by another when the lease ends, not before', async () => {
    const [one, other] = [instance(), instance()];
    await one.put('mail/0', 'a');
    const hanging = held();
    const hung = one.starts({ mail: receiver(hanging.deliver) });
    await hung.wakeAll();
    await hanging.begun;
    const got: unknown[] = [];
    const healthy = other.starts({ mail: receiver(into(got)) });
    await passes(healthy, 59 * SECONDS);
    expect(got).toEqual([]);
    await passes(healthy, 2 * SECONDS);
    expect(got).toEqual(['a']);
    hanging.end('done');
    await hung.settled();
    expect(await one.dead()).toEqual([]);
  });

  it('who lost the lease can neither postpone nor bury what another has in hand', async () => {
    const [one, other] = [instance(), instance()];
    await one.put('mail/0', 'a');
    const [first, second] = [held(), held()];
    const late = one.starts({ mail: receiver(first.deliver) });
    await late.wakeAll();
    await first.begun;
    now += 61 * SECONDS;
    const owner = other.starts({ mail: receiver(second.deliver) });
    await owner.wakeAll();
    await second.begun;
    first.end({ refused: 'too late' });
    await late.stop();
    expect(await one.dead()).toEqual([]);
    second.end({ refused: 'no' });
    await owner.settled();
    expect(await one.dead()).toMatchObject([{ because: 'no', attempts: 2 }]);
  });

  it('a killed worker (kill -9) has only delayed its job', async () => {
    const { put, starts } = instance();
    await put('mail/0', 'a');
    const worker = await workerWithJob(folder, redis?.url);
    expect(worker.said).toBe('taken "a"\n');
    const got: unknown[] = [];
    const workers = starts({ mail: receiver(into(got)) });
    now = Date.now();
    await passes(workers);
    expect(got).toEqual([]);
    await worker.kill();
    await passes(workers, 61 * SECONDS);
    expect(got).toEqual(['a']);
  });

  it('tries again after 10, 20, 40 seconds, or up to a half sooner', async () => {
    const { put, starts } = instance();
    await put('mail/0', 'a');
    const triedAt: number[] = [];
    const workers = starts({
      mail: receiver(async () => {
        triedAt.push(now);
        return { failed: 'HTTP 503' };
      }),
    });
    const begun = now;
    while (now < begun + 80 * SECONDS) await passes(workers, 250);
    const pauses = triedAt.slice(1, 4).map((at, index) => at - (triedAt[index] ?? 0));
    expect(pauses).toHaveLength(3);
    for (const [index, pause] of pauses.entries()) {
      const longest = 10 * SECONDS * 2 ** index;
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest + 250);
    }
  });

  it('gives up after a day: kept among the dead, sent again or dropped by hand', async () => {
    const { put, starts, dead, revive, drop } = instance();
    await put('logout/down', 'a');
    await put('logout/down', 'b');
    let up = false;
    const got: unknown[] = [];
    const workers = starts({
      logout: receiver(async (body) => {
        if (!up) throw Object.assign(new Error('connect to 10.1.2.3'), { code: 'ECONNREFUSED' });
        got.push(body);
        return 'done';
      }),
    });
    for (let hours = 0; hours < 26; hours += 1) await passes(workers, 1 * HOURS);
    const given = await dead();
    expect(given).toHaveLength(2);
    expect(given[0]).toMatchObject({ lane: 'logout/down', about: 'test', because: 'ECONNREFUSED' });
    expect(Object.keys(given[0] ?? {})).not.toContain('body');

    up = true;
    await passes(workers, 1 * HOURS);
    expect(got).toEqual([]);
    const [first, second] = given;
    if (!first || !second) throw new Error('two were given up');
    expect(await revive(first)).toBe(true);
    expect(await revive(first)).toBe(false);
    await workers.settled();
    expect(got).toHaveLength(1);
    expect(await drop(second)).toBe(true);
    expect(await drop(second)).toBe(false);
    expect(await dead()).toEqual([]);
  });

  it('gives up at once what is refused, and what no key opens any more', async () => {
    const { put, starts, dead } = instance();
    await put('mail/0', 'a');
    await instance({ key: 1 }).put('mail/1', 'b');
    await passes(starts({ mail: receiver(async () => ({ refused: 'HTTP 400' })) }));
    const reasons = (await dead()).map(({ because }) => because);
    expect(reasons.toSorted()).toEqual(['HTTP 400', 'its key is gone']);
  });

  it('the dead are read by pages, in the order in which they were given up, also where they are alike', async () => {
    const { put, starts, dead } = instance();
    const workers = starts({
      mail: receiver(async () => ({ refused: 'no' })),
      logout: receiver(async () => ({ refused: 'no' })),
    });
    await put('logout/one', 'a', { id: 'same' });
    await put('logout/other', 'b', { id: 'same' });
    await put('mail/0', 'c', { id: 'early' });
    await passes(workers, 1 * SECONDS);
    await put('mail/0', 'd', { id: 'again' });
    await passes(workers, 1 * SECONDS);
    const whole = await dead();
    expect(whole.at(-1)).toMatchObject({ lane: 'mail/0', id: 'again' });
    expect(await dead({ queue: 'mail' })).toEqual(whole.filter(({ lane }) => lane === 'mail/0'));
    const paged: typeof whole = [];
    for (let page = await dead({ limit: 1 }); page[0]; page = await dead({ limit: 1, after: page[0].place }))
      paged.push(...page);
    expect(paged).toEqual(whole);
    expect(whole).toHaveLength(4);
  });

  it('the dead are forgotten after a month', async () => {
    const { put, starts, dead } = instance();
    await put('mail/0', 'a');
    await passes(starts({ mail: receiver(async () => ({ refused: 'no' })) }));
    now += 29 * 24 * HOURS;
    expect(await dead()).toHaveLength(1);
    now += 2 * 24 * HOURS;
    expect(await dead()).toEqual([]);
  });

  it('a portal that hangs with 50 notices holds up neither the other portals nor the mails', async () => {
    const { put, starts } = instance();
    for (let job = 0; job < 50; job += 1) await put('logout/hangs', job);
    for (const portal of ['a', 'b', 'c']) await put(`logout/${portal}`, portal);
    await put('mail/0', 'mail');
    const got: unknown[] = [];
    const take = into(got);
    const workers = starts({
      mail: receiver(take),
      logout: receiver((body, job) => (job.lane === 'logout/hangs' ? never() : take(body, job)), {
        handsPerLane: 2,
        hands: 4,
        deadlineMs: 300,
      }),
    });
    await workers.wakeAll();
    while (got.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(got.toSorted()).toEqual(['a', 'b', 'c', 'mail']);
    await workers.stop();
  });

  it('a lane with very many jobs leaves the others their turn', async () => {
    const { put, starts } = instance();
    for (let job = 0; job < 60; job += 1) await put('logout/big', 'big');
    for (let portal = 0; portal < 10; portal += 1) await put(`logout/small${portal}`, 'small');
    const got: unknown[] = [];
    await passes(starts({ logout: receiver(into(got), { handsPerLane: 1, hands: 2 }) }));
    expect(got).toHaveLength(70);
    expect(got.lastIndexOf('small')).toBeLessThan(30);
  });

  it('goes on after the store refused to work', async () => {
    let down = true;
    const shaky: Store = {
      ...store,
      commit: (...given) => (down ? Promise.reject(new Error('down')) : store.commit(...given)),
    };
    await instance().put('mail/0', 'a');
    const { starts } = instance({ over: shaky });
    const got: unknown[] = [];
    const workers = starts({ mail: receiver(into(got)) });
    await passes(workers);
    expect(got).toEqual([]);
    down = false;
    await passes(workers, 1 * MINUTES);
    expect(got).toEqual(['a']);
  });

  it('a stopping instance ends what it has in hand and takes nothing more', async () => {
    const { put, starts } = instance();
    await put('mail/0', 'a');
    now += 1;
    await put('mail/0', 'b');
    const inHand = held();
    const workers = starts({ mail: receiver(inHand.deliver) });
    await workers.wakeAll();
    expect(await inHand.begun).toBe('a');
    const stopped = workers.stop();
    inHand.end('done');
    await stopped;
    const rest: unknown[] = [];
    await passes(instance().starts({ mail: receiver(into(rest)) }));
    expect(rest).toEqual(['b']);
  });

  describe('letters that a change of an account owes', () => {
    function office(over: Store = store) {
      const { put, starts } = instance({ over });
      const letters = owedLetters({
        store: over,
        secretBox: secretBox([new Uint8Array(32)], () => {}),
        mailer: queuedMailer({
          put: ({ lane, body, id }) => put(lane, body, { ...(id !== undefined && { id }) }),
          random,
          clock,
          giveUpAfterMs: 24 * HOURS,
        }),
        background: working,
        random,
        clock,
      });
      const accounts = storedAccounts(over, clock, { letters });
      return { letters, accounts, history: storedHistory(over, letters), starts };
    }

    type Office = ReturnType<typeof office>;

    const working = background(QUIET, NO_METRICS);
    const letter = (to: string): Mail => ({ kind: 'password-changed', account: anAccount(), at: now, to });

    const changes = ({ accounts }: Office, id: string) =>
      accounts.update(id, (account) => ({
        account: { ...account, email: 'new@example.hu' },
        events: [{ kind: 'email-changed', at: now }],
        letters: [letter('old@example.hu'), letter('new@example.hu')],
        result: true,
      }));

    const tells = ({ history }: Office, id: string) =>
      history.append(id, { kind: 'email-changed', at: now }, [letter('anna@example.hu')]);

    /** To whom letters go in the end, after every sweep and try that may still come; with one Message-ID it is one letter. */
    async function delivered(): Promise<string[]> {
      const got = new Map<string, string | undefined>();
      const heir = office();
      const deliver: Receiver['deliver'] = async (mail, { id }) => {
        got.set(id, (mail as Mail).to);
        return 'done';
      };
      const workers = heir.starts({ mail: receiver(deliver) });
      for (const later of [0, 61 * SECONDS, 6 * MINUTES]) {
        now += later;
        await heir.letters.sendDue();
        await passes(workers);
      }
      await workers.stop();
      return [...got.values()].map(String).toSorted();
    }

    const left = () => store.members({ partition: 'owed-letters', name: 'due' });

    async function born(id: string): Promise<void> {
      const created = { kind: 'account-created', at: now } as const;
      await office().accounts.create(anAccount({ id, username: id }), created);
    }

    /** What becomes of an act when the process dies after so many commits. */
    async function fateOf(act: typeof changes | typeof tells, id: string, commits: number) {
      await born(id);
      const { dying, lives } = mortal(commits, store);
      await act(office(dying), id).catch(() => undefined);
      await working.drain();
      const [last] = await office().history.of(id, 1);
      const written = last?.kind === 'email-changed';
      return { written, lives: lives() };
    }

    it.each([
      ['a change', changes, ['new@example.hu', 'old@example.hu']],
      ['an event', tells, ['anna@example.hu']],
    ] as const)(
      '%s: sent where it was written, and not where it was not, wherever a process dies',
      async (name, act, all) => {
        const fates: { readonly written: boolean; readonly lives: boolean }[] = [];
        for (let commits = 0; !fates.at(-1)?.lives; commits += 1) {
          const id = `${name.replace(' ', '-')}-${commits}`;
          const fate = await fateOf(act, id, commits);
          fates.push(fate);
          expect([id, await delivered()]).toEqual([id, fate.written ? all : []]);
          expect(await left()).toEqual([]);
        }
        expect(fates.slice(0, 2)).toEqual(Array(2).fill({ written: false, lives: false }));
        // It writes, puts, removes and forgets, and may die after each.
        expect(fates.filter(({ written, lives }) => written && !lives).length).toBeGreaterThanOrEqual(4);
      },
    );

    it('a change that is refused in the end sends none, and leaves nothing', async () => {
      await born('refused');
      const { accounts } = office();
      let asked = 0;
      const result = await accounts.update('refused', (account) => {
        asked += 1;
        if (asked > 1) return { account, result: 'refused' };
        return {
          account: { ...account, status: 'locked' },
          letters: [letter('x@example.hu')],
          result: 'done',
        };
      });
      expect([result, await delivered()]).toEqual(['refused', []]);
      expect(await left()).toEqual([]);
    });

    it('lie sealed, and under the newest key when they are sealed anew', async () => {
      expect(await fateOf(tells, 'sealed', 2)).toEqual({ written: true, lives: false });
      const { letters } = office();
      const [member = ''] = await left();
      const [, accountId, id] = member.split(' ');
      const key = { partition: `account:${accountId}`, name: `owed:${id}` };
      expect(JSON.stringify(await store.get(key))).not.toContain('example.hu');
      const contexts: string[] = [];
      const renewed = (sealed: Sealed, context: string) => {
        contexts.push(context);
        return { ...sealed, keyId: 'newer' };
      };
      for await (const _step of letters.sealed.visit(renewed));
      expect(contexts).toEqual([`owed:${accountId} ${id}`]);
      expect((await store.get<Sealed>(key))?.value.keyId).toBe('newer');
    });
  });
}
