/** How often one had to wait for the store, one after the other. Right for one journey at a time. */
import type { Store } from '../../adapters/store.ts';

export interface CountedStore extends Store {
  /** A wait begins when the store is asked while it has nothing else to do for us; what is asked meanwhile shares it. */
  waits(): number;
  /** Commands sent to the engine; those that are sent together count each. */
  commands(): number;
}

const ASKED = ['get', 'getMany', 'commit', 'count', 'members', 'range'] as const;

export function countWaits(store: Store): CountedStore {
  let waits = 0;
  let commands = 0;
  let underWay = 0;

  function counted<A extends unknown[], R>(call: (...given: A) => Promise<R>) {
    return async (...given: A): Promise<R> => {
      if (underWay === 0) waits += 1;
      commands += Array.isArray(given[0]) ? given[0].length : 1;
      underWay += 1;
      try {
        return await call(...given);
      } finally {
        underWay -= 1;
      }
    };
  }

  const watching = ASKED.map((name) => [name, counted((store[name] as never as Call).bind(store))]);
  return { ...store, ...Object.fromEntries(watching), waits: () => waits, commands: () => commands };
}

type Call = (...given: unknown[]) => Promise<unknown>;
