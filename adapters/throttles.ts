/** Throttles over the store: one small document a subject, shared by all instances, gone when forgotten. */
import {
  type Attempt,
  attempt,
  giveBack,
  type ThrottleRule,
  type ThrottleState,
} from '../provider/core/throttle.ts';
import type { Clock, Throttles } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';
import { update } from './update.ts';

/** The subject is hashed: a key of the store shows no name or address, and no typed name is too long for it. */
function throttleKey(purpose: string, subject: string): Key {
  return { partition: `throttle:${purpose}:${hashedId(subject)}`, name: 'state' };
}

export function storedThrottles(store: Store, clock: Clock): Throttles {
  const kept = (state: ThrottleState, rule: ThrottleRule) => ({
    value: state,
    expiresAt: clock.now() + rule.forgetAfterMs,
  });

  return {
    attempt(purpose, subject, rule) {
      return update<ThrottleState, Attempt>(store, throttleKey(purpose, subject), (entry) => {
        const result = attempt(entry?.value, rule, clock.now());
        return { write: result.ok ? kept(result.state, rule) : 'keep', result };
      });
    },

    giveBack(purpose, subject, rule) {
      return update<ThrottleState, void>(store, throttleKey(purpose, subject), (entry) => {
        if (!entry) return { write: 'keep', result: undefined };
        const state = giveBack(entry.value, rule);
        return { write: state ? kept(state, rule) : 'remove', result: undefined };
      });
    },

    async clear(purpose, subject) {
      const { partition, name } = throttleKey(purpose, subject);
      await store.commit(partition, [{ kind: 'remove', name }]);
    },
  };
}
