/** Measuring from outside: what is measured does not know of it. */
import type { Metrics } from '../provider/flows/ports.ts';
import type { Store } from './store.ts';

/** For the command line and for tests that don't ask. */
export const NO_METRICS: Metrics = { count() {}, took() {}, stands() {} };

/** The same store; every call is timed by its name. */
export function measuredStore(store: Store, metrics: Metrics): Store {
  function timed<A extends unknown[], R>(operation: string, call: (...given: A) => Promise<R>) {
    return async (...given: A): Promise<R> => {
      const begun = performance.now();
      const took = (outcome: 'ok' | 'failed') =>
        metrics.took('kapu_store_seconds', (performance.now() - begun) / 1000, { operation, outcome });
      try {
        const reply = await call(...given);
        took('ok');
        return reply;
      } catch (error) {
        took('failed');
        throw error;
      }
    };
  }

  return {
    ...store,
    get: timed('get', store.get) as Store['get'],
    getMany: timed('getMany', store.getMany) as Store['getMany'],
    commit: timed('commit', store.commit),
    count: timed('count', store.count),
    members: timed('members', store.members),
    range: timed('range', store.range) as Store['range'],
  };
}
