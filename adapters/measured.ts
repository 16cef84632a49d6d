/** Measuring from outside: what is measured does not know of it. */
import type { Metrics } from '../provider/flows/ports.ts';
import { aroundStore } from './around-store.ts';
import type { Store } from './store.ts';

/** For the command line and for tests that don't ask. */
export const NO_METRICS: Metrics = { count() {}, took() {}, stands() {} };

/** The same store; every call is timed by its name. */
export function measuredStore(store: Store, metrics: Metrics): Store {
  return aroundStore(store, (operation, call) => (...given) => {
    const begun = performance.now();
    const took = (outcome: 'ok' | 'failed') =>
      metrics.took('kapu_store_seconds', (performance.now() - begun) / 1000, { operation, outcome });
    // This is around every command: no more promises than it takes.
    return call(...given).then(
      (reply) => {
        took('ok');
        return reply;
      },
      (error: unknown) => {
        took('failed');
        throw error;
      },
    );
  });
}
