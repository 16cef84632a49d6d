/** Work that no page waits for: what fails is logged, and a stopping server waits for what is under way. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Background, faultKind, type Log, type Metrics } from '../provider/flows/ports.ts';

/**
 * By then the answer of the request that asked for it has left. Work done before would show in the answer's time, and
 * there is work for accounts that exist and none for names that do not (measured: `npm run bench:enumeration`).
 */
const BEGUN_AFTER_MS = 20;

export function background(log: Log, metrics: Metrics): Background {
  const underWay = new Set<Promise<void>>();
  return {
    run(what, task) {
      const running = pause(BEGUN_AFTER_MS)
        .then(task)
        .catch((error: unknown) => {
          log.error({ what, err: error }, 'work in the background failed');
          metrics.count('kapu_faults_total', { kind: faultKind(error) });
        })
        .finally(() => underWay.delete(running));
      underWay.add(running);
    },
    async drain() {
      // What is under way may begin more.
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
