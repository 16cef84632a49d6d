/** Throttles over the store: one small document a subject, shared by all instances, gone when forgotten. */

import { refuse } from '../provider/core/refusal.ts';
import {
  type Admission,
  attempt,
  type CrowdRule,
  giveBack,
  type ThrottleRule,
  type ThrottleState,
  windowAt,
} from '../provider/core/throttle.ts';
import type { Clock, Throttles } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import { update } from './update.ts';

/** The subject is hashed: a key of the store shows no name or address, and no typed name is too long for it. */
function throttleKey(purpose: string, subject: string, name = 'state'): Key {
  return { partition: `throttle:${purpose}:${hashedId(subject)}`, name };
}

const isCrowd = (rule: ThrottleRule | CrowdRule): rule is CrowdRule => 'windowMs' in rule;

/** What was right is given back side by side with what else the request writes. */
type ThrottleStore = Store & Partial<Pick<UnitOfWork, 'later' | 'prepare' | 'seen'>>;

export function storedThrottles(store: ThrottleStore, clock: Clock): Throttles {
  const later = store.later ?? ((write: () => Promise<unknown>) => write());

  const crowdKey = (purpose: string, subject: string, rule: CrowdRule) =>
    throttleKey(purpose, subject, `${windowAt(rule, clock.now()).begin}`);

  /** Answers the count of the present stretch of time, and when that ends. */
  async function countCrowd(purpose: string, subject: string, rule: CrowdRule, by: number) {
    const { end } = windowAt(rule, clock.now());
    return { count: await store.count(crowdKey(purpose, subject, rule), by, end), end };
  }

  async function admitCrowd(purpose: string, subject: string, rule: CrowdRule): Promise<Admission> {
    const { count, end } = await countCrowd(purpose, subject, rule, 1);
    if (count <= rule.limit) return { ok: true, pauses: false };
    await countCrowd(purpose, subject, rule, -1);
    return refuse('throttled', end);
  }

  const kept = (state: ThrottleState, rule: ThrottleRule) => ({
    value: state,
    expiresAt: clock.now() + rule.forgetAfterMs,
  });

  return {
    async attempt(purpose, subject, rule) {
      if (isCrowd(rule)) return admitCrowd(purpose, subject, rule);
      return update<ThrottleState, Admission>(
        store,
        throttleKey(purpose, subject),
        (entry) => {
          const result = attempt(entry?.value, rule, clock.now());
          return { write: result.ok ? kept(result.state, rule) : 'keep', result };
        },
        // Most people have made no mistake lately.
        { guess: 'absent' },
      );
    },

    expect: (purpose, subject, rule) => store.prepare?.([crowdKey(purpose, subject, rule)]),

    async calm(purpose, subject, rule) {
      const used = (await store.get<number>(crowdKey(purpose, subject, rule)))?.value ?? 0;
      return used < rule.limit / 2;
    },

    count: (purpose, subject, rule) => countCrowd(purpose, subject, rule, 1),

    async giveBack(purpose, subject, rule) {
      if (isCrowd(rule)) return void (await later(() => countCrowd(purpose, subject, rule, -1)));
      await update<ThrottleState, void>(store, throttleKey(purpose, subject), (entry) => {
        if (!entry) return { write: 'keep', result: undefined };
        const state = giveBack(entry.value, rule);
        return { write: state ? kept(state, rule) : 'remove', result: undefined };
      });
    },

    async clear(purpose, subject) {
      const { partition, name } = throttleKey(purpose, subject);
      await later(() => store.commit(partition, [{ kind: 'remove', name }]));
    },
  };
}
