/** How the service stands: what waits to be delivered, what was given up, and how old the signing keys are. */
import type { Role } from '../../core/account.ts';
import { type ClientRecord, liveSecrets } from '../../core/client-record.ts';
import { DAY_MS } from '../../core/duration.ts';
import { type SigningKey, stateOf } from '../../core/signing-key.ts';
import { allClients } from '../../flows/client-list.ts';
import type { Clients, Clock, Queues } from '../../flows/ports.ts';
import type { Visit } from '../page.ts';
import { date } from '../texts.ts';
import { LETTERS_PATH } from './letters.ts';

export interface StandingPorts {
  readonly queues: Queues;
  readonly signingKeys: { list(): Promise<readonly SigningKey[]> };
  readonly clients: Clients;
  readonly clock: Clock;
  readonly engine: 'redis' | 'embedded';
  readonly version: string;
  /** Resolves when the store answers. */
  ready(): Promise<void>;
  /** Of the service's own certificate; undefined where TLS is somebody else's. */
  certificateEndsAt(): Promise<number | undefined>;
}

/** Time enough for a portal's people to put a new secret in place. */
const SOON_MS = 14 * DAY_MS;
const CLIENTS_HREF = '/admin/clients';

/** For `partials/standing`. What is shown at all was read from the store, so that answers. */
export async function standing(ports: StandingPorts, visit: Visit, roles: readonly Role[]) {
  const { queues, signingKeys, clients, clock } = ports;
  const { t } = visit;
  const [lengths, keys, records, certificate, facts] = await Promise.all([
    queues.lengths(),
    signingKeys.list(),
    allClients(clients),
    ports.certificateEndsAt(),
    ofService(ports, visit),
  ]);
  return {
    // Clients are not the desk's to decide on.
    decisions: [
      ...(roles.includes('admin') ? ofClients(records, clock.now(), visit) : []),
      ...ofCertificate(certificate, clock.now(), visit),
      ...ofQueues(lengths, visit, roles),
    ],
    facts: [
      ...facts,
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

/** How long the store takes is told in whole milliseconds: enough to see that something is wrong with it. */
async function ofService({ engine, version, ready }: StandingPorts, { t }: Visit) {
  const asked = performance.now();
  await ready();
  const milliseconds = Math.ceil(performance.now() - asked);
  const store = t(`standing.engine.${engine}`);
  return [
    { name: t('standing.version'), value: version },
    { name: t('standing.store'), value: t('standing.answers', { store, milliseconds }) },
  ];
}

function ofCertificate(endsAt: number | undefined, now: number, { t, language }: Visit): Decision[] {
  if (endsAt === undefined || endsAt > now + SOON_MS) return [];
  return [{ text: t('standing.certificate', { date: date(language, endsAt) }) }];
}

/** Something that somebody has to do. */
interface Decision {
  readonly text: string;
  readonly href?: string;
}

function ofQueues(
  lengths: Awaited<ReturnType<Queues['lengths']>>,
  { t }: Visit,
  roles: readonly Role[],
): Decision[] {
  const link = roles.includes('admin') ? { href: LETTERS_PATH } : {};
  return lengths
    .filter(({ dead }) => dead > 0)
    .map(({ queue, dead }) => ({ text: t(`standing.dead.${queue}`, { count: dead }), ...link }));
}

function ofClients(records: readonly ClientRecord[], now: number, { t }: Visit): Decision[] {
  const counts = {
    proposals: records.filter(({ proposal }) => proposal).length,
    ending: records.filter(({ secrets }) => runsOut(secrets, now)).length,
  };
  return Object.entries(counts).flatMap(([what, count]) =>
    count === 0 ? [] : [{ text: t(`standing.clients.${what}`, { count }), href: CLIENTS_HREF }],
  );
}

/** None that is live lasts. */
function runsOut(secrets: ClientRecord['secrets'], now: number): boolean {
  const live = liveSecrets(secrets, now);
  return live.length > 0 && live.every(({ endsAt }) => endsAt !== undefined && endsAt < now + SOON_MS);
}
