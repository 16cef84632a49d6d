/** How often one had to wait for the store, one after the other. Right for one journey at a time. */
import { type Around, aroundStore } from '../../adapters/around-store.ts';
import type { Store } from '../../adapters/store.ts';

export interface CountedStore extends Store {
  /** A wait begins when the store is asked while it has nothing else to do for us; what is asked meanwhile shares it. */
  waits(): number;
  /** Commands sent to the engine; those that are sent together count each. */
  commands(): number;
}

export function countWaits(store: Store): CountedStore {
  let waits = 0;
  let commands = 0;
  let underWay = 0;

  const counted: Around =
    (_operation, call) =>
    async (...given) => {
      if (underWay === 0) waits += 1;
      commands += Array.isArray(given[0]) ? given[0].length : 1;
      underWay += 1;
      try {
        return await call(...given);
      } finally {
        underWay -= 1;
      }
    };

  return { ...aroundStore(store, counted), waits: () => waits, commands: () => commands };
}
