/** How the service stands: what waits to be delivered, what was given up, and how old the signing keys are. */
import { type SigningKey, stateOf } from '../../core/signing-key.ts';
import type { Clock, Queues } from '../../flows/ports.ts';
import type { Visit } from '../page.ts';
import { date } from '../texts.ts';

export interface StandingPorts {
  readonly queues: Queues;
  readonly signingKeys: { list(): Promise<readonly SigningKey[]> };
  readonly clock: Clock;
  readonly engine: 'redis' | 'embedded';
}

const DAY_MS = 86_400_000;

/** For `partials/standing`. What is shown at all was read from the store, so that answers. */
export async function standing({ queues, signingKeys, clock, engine }: StandingPorts, visit: Visit) {
  const { t } = visit;
  const [lengths, keys] = await Promise.all([queues.lengths(), signingKeys.list()]);
  return {
    decisions: lengths
      .filter(({ dead }) => dead > 0)
      .map(({ queue, dead }) => t(`standing.dead.${queue}`, { count: dead })),
    facts: [
      { name: t('standing.store'), value: t(`standing.engine.${engine}`) },
      ...lengths.map(({ queue, due }) => ({
        name: t(`standing.queue.${queue}`),
        value: t('standing.waiting', { count: due }),
      })),
    ],
    keys: keys.map((key) => toldKey(key, visit, clock.now())),
  };
}

function toldKey(key: SigningKey, { t, language }: Visit, now: number) {
  const since = key.retiredAt ?? key.signingAt ?? key.publishedAt;
  return {
    name: key.alg,
    state: t(`standing.key.${stateOf(key)}`),
    since: date(language, since),
    age: t('standing.days', { count: Math.floor((now - since) / DAY_MS) }),
  };
}
