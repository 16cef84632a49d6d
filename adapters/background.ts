/** Work that no page waits for: what fails is logged, and a stopping server waits for what is under way. */
import type { Background, Log } from '../provider/flows/ports.ts';

export function background(log: Log): Background {
  const underWay = new Set<Promise<void>>();
  return {
    run(what, task) {
      const running = Promise.resolve()
        .then(task)
        .catch((error: unknown) => log.error({ what, err: error }, 'work in the background failed'))
        .finally(() => underWay.delete(running));
      underWay.add(running);
    },
    async drain() {
      await Promise.all(underWay);
    },
  };
}
