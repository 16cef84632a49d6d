/**
 * The durable queue of what leaves the house: mails, and notices to portals. This folder keeps jobs, hands them out
 * and tries again; it must not know what a mail or a notice is.
 *
 * Jobs wait in *lanes*, one for each receiver, so that a receiver that hangs holds up itself and nobody else. A lane is
 * a partition: its jobs, a set of them in the order in which they are due, and one of the dead. Taking a job for a
 * while (a lease) moves its due time ahead, by compare-and-set: who crashes with a job in hand has only delayed it.
 */
import type { Sealed } from '../../provider/core/account.ts';
import type { Clock, Random, SealedVisitor, SecretBox } from '../../provider/flows/ports.ts';
import type { Key, Store, Write } from '../store.ts';
import { update } from '../update.ts';
import type { Lane } from './lanes.ts';

export interface NewJob {
  readonly lane: Lane;
  /** Two jobs of one lane and id are one, as long as the first is kept. Absent: a new one. */
  readonly id?: string;
  /** What lists and logs may say of it: nobody's name or address, no secret. */
  readonly about: string;
  /** What JSON can carry; sealed at rest. */
  readonly body: unknown;
  /** Milliseconds since the epoch. */
  readonly giveUpAt: number;
}

/** A job in hand, or a dead one. */
export interface Job {
  readonly lane: Lane;
  readonly id: string;
  readonly about: string;
  readonly putAt: number;
  readonly giveUpAt: number;
  /** How often it was taken: also tells whether a lease is still one's own. */
  readonly attempts: number;
  /** Why the last try failed, in words that name nobody. */
  readonly because?: string;
}

export interface DeadJob extends Job {
  /** Among all the dead, whatever their lanes: places are in order, by when jobs were given up. */
  readonly place: string;
}

/** Which of the dead: `limit` at most (else all), beginning after the place `after`. */
export interface DeadPage {
  readonly after?: string;
  readonly limit?: number;
}

export interface Taken {
  readonly job: Job;
  /** Absent when it can't be opened: a key is gone, or a bit was flipped. */
  readonly body?: unknown;
}

/** `place` and `at` are the job's member in one of the lane's two sets. */
interface StoredJob extends Omit<Job, 'lane' | 'id'> {
  readonly body: Sealed;
  readonly place: 'due' | 'dead';
  /** When it is due, or since when it is dead. */
  readonly at: number;
}

/** How long an operator can look at what was given up, and send it again. */
const DEAD_KEPT_MS = 30 * 24 * 60 * 60_000;

const MOST_COUNTED = 10_000;

const keyOf = (lane: Lane, id: string): Key => ({ partition: `outbox:${lane}`, name: `job:${id}` });
const contextOf = (id: string) => `outbox:${id}`;

export type Jobs = ReturnType<typeof storedJobs>;

export function storedJobs(store: Store, secretBox: SecretBox, random: Random, clock: Clock) {
  /** What `change` answers takes the job's place, in both senses; `gone` removes it, undefined leaves it. */
  function move(
    { lane, id }: Pick<Job, 'lane' | 'id'>,
    change: (job: StoredJob) => StoredJob | 'gone' | undefined,
  ): Promise<StoredJob | undefined> {
    return update<StoredJob, StoredJob | undefined>(store, keyOf(lane, id), (entry) => {
      const changed = entry && change(entry.value);
      if (!entry || !changed) return { write: 'keep', result: undefined };
      const leaving = left(id, entry.value);
      if (changed === 'gone') return { write: 'remove', alongside: [leaving], result: entry.value };
      const write = { value: changed, ...expiryOf(changed) };
      return { write, alongside: [leaving, entered(id, changed)], result: changed };
    });
  }

  return {
    /** Answers when the job is kept. One write. */
    async put({ lane, id = random.id(), about, body, giveUpAt }: NewJob): Promise<void> {
      const now = clock.now();
      const sealed = secretBox.seal(JSON.stringify(body), contextOf(id));
      const job: StoredJob = {
        about,
        body: sealed,
        putAt: now,
        giveUpAt,
        attempts: 0,
        place: 'due',
        at: now,
      };
      const { partition, name } = keyOf(lane, id);
      await store.commit(partition, [{ kind: 'put', name, value: job, expect: 'absent' }, entered(id, job)]);
    },

    /** Jobs of a lane that are due, the oldest first, and when the one after them will be. */
    async due(lane: Lane, limit: number): Promise<{ ids: string[]; nextAt?: number }> {
      const { partition } = keyOf(lane, '');
      const members = await store.members({ partition, name: 'due' }, { limit: limit + 1 });
      const waiting = members.map(readMember);
      const now = clock.now();
      const ids = waiting.slice(0, limit).flatMap(({ at, id }) => (at <= now ? [id] : []));
      const nextAt = waiting[ids.length]?.at;
      return nextAt === undefined ? { ids } : { ids, nextAt };
    },

    /** Takes a job until `until`; undefined when another was faster, or it is no longer there. */
    async take(lane: Lane, id: string, until: number): Promise<Taken | undefined> {
      const now = clock.now();
      const taken = await move({ lane, id }, (job) =>
        job.place === 'due' && job.at <= now ? { ...job, attempts: job.attempts + 1, at: until } : undefined,
      );
      if (!taken) return undefined;
      const opened = secretBox.open(taken.body, contextOf(id));
      return { job: jobOf(lane, id, taken), ...(opened !== undefined && { body: JSON.parse(opened) }) };
    },

    /** It is done, whoever else may have taken it meanwhile. */
    async finish(job: Job): Promise<void> {
      await move(job, () => 'gone');
    },

    /** It failed and is due again `at`. Does nothing when the lease was lost. */
    async postpone(job: Job, at: number, because: string): Promise<void> {
      await move(job, (stored) => (isHeld(stored, job) ? { ...stored, at, because } : undefined));
    },

    /** It is given up and kept among the dead. Does nothing when the lease was lost. */
    async bury(job: Job, because: string): Promise<void> {
      const at = clock.now();
      await move(job, (stored) =>
        isHeld(stored, job) ? { ...stored, place: 'dead', at, because } : undefined,
      );
    },

    /** How many there are, up to ten thousand. */
    async count(lane: Lane, place: StoredJob['place']): Promise<number> {
      const { partition } = keyOf(lane, '');
      return (await store.members({ partition, name: place }, { limit: MOST_COUNTED })).length;
    },

    /** Where the dead of a lane are, the first given up first: `limit` at most (else all), after the place `after`. */
    async placesOfDead(lane: Lane, { after, limit }: DeadPage = {}): Promise<string[]> {
      const { partition } = keyOf(lane, '');
      // Shorter by a character it lies before the members that are the same in other lanes; its own is one too many.
      const from = after && { after: after.slice(0, after.lastIndexOf(' ') - 1) };
      const most = limit !== undefined && { limit: limit + 1 };
      const members = await store.members({ partition, name: 'dead' }, { ...from, ...most });
      return members
        .map((member) => `${member} ${lane}`)
        .filter((place) => after === undefined || place > after);
    },

    /** The jobs at these places, but for those that have left meanwhile. */
    async at(places: readonly string[]): Promise<DeadJob[]> {
      const found = places.map((place) => ({ place, ...readPlace(place) }));
      const entries = await store.getMany<StoredJob>(found.map(({ lane, id }) => keyOf(lane, id)));
      return found.flatMap(({ place, lane, id }, index) => {
        const stored = entries[index]?.value;
        return stored ? [{ ...jobOf(lane, id, stored), place }] : [];
      });
    },

    /** Shows every body to `visitor`: see `SealedPlace`. */
    async visitSealed(lane: Lane, visitor: SealedVisitor): Promise<void> {
      const { partition } = keyOf(lane, '');
      const sets = await Promise.all(['due', 'dead'].map((name) => store.members({ partition, name })));
      for (const { id } of sets.flat().map(readMember)) {
        await move({ lane, id }, (job) => {
          const body = visitor(job.body, contextOf(id));
          return body === job.body ? undefined : { ...job, body };
        });
      }
    },

    /** Sends a dead job on its way again, with as much time as it had; false when it is not among the dead. */
    async revive(lane: Lane, id: string): Promise<boolean> {
      const at = clock.now();
      const moved = await move({ lane, id }, (job) => (job.place === 'dead' ? revived(job, at) : undefined));
      return moved !== undefined;
    },

    /** Forgets a dead job; false when it is not among the dead. */
    async drop(lane: Lane, id: string): Promise<boolean> {
      return (await move({ lane, id }, (job) => (job.place === 'dead' ? 'gone' : undefined))) !== undefined;
    },
  };
}

function revived(job: StoredJob, at: number): StoredJob {
  return { ...job, place: 'due', at, putAt: at, attempts: 0, giveUpAt: at + job.giveUpAt - job.putAt };
}

const isHeld = (stored: StoredJob, job: Job) => stored.place === 'due' && stored.attempts === job.attempts;

const expiryOf = ({ place, at }: StoredJob) => (place === 'dead' ? { expiresAt: at + DEAD_KEPT_MS } : {});

function jobOf(lane: Lane, id: string, { body: _, place: __, at: ___, ...job }: StoredJob): Job {
  return { lane, id, ...job };
}

/** Fifteen digits keep the order of bytes that of time until the year 33658. */
const memberOf = (id: string, { at }: StoredJob) => `${`${at}`.padStart(15, '0')} ${id}`;

function readMember(member: string): { at: number; id: string } {
  return { at: Number(member.slice(0, 15)), id: member.slice(16) };
}

/** A member of the set of the dead, and its lane. */
function readPlace(place: string): { lane: Lane; id: string } {
  const space = place.lastIndexOf(' ');
  return { lane: place.slice(space + 1) as Lane, id: readMember(place.slice(0, space)).id };
}

function entered(id: string, job: StoredJob): Write {
  return { kind: 'add', set: job.place, member: memberOf(id, job), ...expiryOf(job) };
}

function left(id: string, job: StoredJob): Write {
  return { kind: 'drop', set: job.place, member: memberOf(id, job) };
}
