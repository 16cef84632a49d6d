/** How often one had to wait for the store, one after the other. Right for one journey at a time. */
import { type Around, aroundStore } from '../../adapters/around-store.ts';
import { groupsOf } from '../../adapters/redis/texts.ts';
import type { Store } from '../../adapters/store.ts';

export interface CountedStore extends Store {
  /** A wait begins when the store is asked while it has nothing else to do for us; what is asked meanwhile shares it. */
  waits(): number;
  /** Commands sent to one server; those that are sent together count each. */
  commands(): number;
}

const commandsOf = (asked: unknown) => (Array.isArray(asked) ? groupsOf(asked, false).length : 1);

export function countWaits(store: Store): CountedStore {
  let waits = 0;
  let commands = 0;
  let underWay = 0;

  const counted: Around =
    (_operation, call) =>
    (...given) => {
      if (underWay === 0) waits += 1;
      commands += commandsOf(given[0]);
      underWay += 1;
      const reply = call(...given);
      const settled = () => {
        underWay -= 1;
      };
      reply.then(settled, settled);
      return reply;
    };

  return { ...aroundStore(store, counted), waits: () => waits, commands: () => commands };
}
