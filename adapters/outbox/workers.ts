/**
 * The hands of one instance: they take what is due, lane by lane, and deliver it. A lane has few of them and a kind of
 * receiver a bounded number in all, so that many portals that hang at once hold up neither the others nor the mails.
 */
import type { Queue } from '../../provider/core/delivery.ts';
import type { Clock, Log, Metrics } from '../../provider/flows/ports.ts';
import { deliver, type Receiver, settle } from './delivery.ts';
import type { Jobs, Taken } from './jobs.ts';
import { type Lane, type Lanes, queueOf } from './lanes.ts';

/** Jobs of a queue without one are left to others. */
export type Receivers = Readonly<Partial<Record<Queue, Receiver>>>;

export interface WorkersPorts {
  readonly jobs: Jobs;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  readonly jitter: () => number;
  readonly metrics: Metrics;
}

/** Own puts and retries are known to the minute; this finds what another instance put and could not deliver. */
const LOOK_EVERY_MS = 15_000;
const TICK_MS = 1_000;

interface LaneState {
  readonly name: Lane;
  readonly queue: Queue;
  readonly receiver: Receiver;
  /** Hands that are at work in it, or on their way. */
  busy: number;
  /** When somebody must look what is due; milliseconds since the epoch. */
  lookAt: number;
}

export type Workers = ReturnType<typeof workers>;

export function workers(ports: WorkersPorts, receivers: Receivers) {
  const { jobs, lanes, clock, log, metrics } = ports;
  const known = new Map<Lane, LaneState>();
  const busy = new Map<Queue, number>();
  const underWay = new Set<Promise<void>>();
  let stopped = false;
  let nextRoundAt = 0;
  let complainedAt = 0;

  /** A store that is down is one line now and then, not one for each lane. */
  function complain(error: unknown): void {
    if (clock.now() - complainedAt < LOOK_EVERY_MS) return;
    complainedAt = clock.now();
    log.error({ err: error }, 'the outbox can not go on, will try again');
  }

  function follow(work: Promise<void>): void {
    const followed = work.catch(complain).finally(() => underWay.delete(followed));
    underWay.add(followed);
  }

  function laneOf(name: Lane): LaneState | undefined {
    const queue = queueOf(name);
    const receiver = receivers[queue];
    const lane = known.get(name) ?? (receiver && { name, queue, receiver, busy: 0, lookAt: 0 });
    if (lane) known.set(name, lane);
    return lane;
  }

  const busyOf = (queue: Queue) => busy.get(queue) ?? 0;

  /** Negative to let go. */
  function hold(lane: LaneState, hands: number): void {
    lane.busy += hands;
    busy.set(lane.queue, busyOf(lane.queue) + hands);
  }

  /** Whoever was looked at goes to the end, so that all lanes get their turn when hands are few. */
  function lookAround(): void {
    for (const lane of [...known.values()]) {
      const { name, receiver } = lane;
      const free = Math.min(receiver.handsPerLane - lane.busy, receiver.hands - busyOf(lane.queue));
      if (stopped || free <= 0 || lane.lookAt > clock.now()) continue;
      lane.lookAt = Number.POSITIVE_INFINITY;
      known.delete(name);
      known.set(name, lane);
      hold(lane, free);
      follow(look(lane, free));
    }
  }

  /** Puts `free` hands, held for this, to work or lets go of them. */
  async function look(lane: LaneState, free: number): Promise<void> {
    let hired = 0;
    try {
      const { ids, nextAt = Number.POSITIVE_INFINITY } = await jobs.due(lane.name, free);
      const until = clock.now() + 2 * lane.receiver.deadlineMs;
      const taken = await Promise.all(ids.map((id) => jobs.take(lane.name, id, until)));
      // All gone to another instance: it is at it, no need to race it.
      const contended = ids.length > 0 && taken.every((one) => one === undefined);
      const soon = contended ? clock.now() + TICK_MS : nextAt;
      lane.lookAt = Math.min(lane.lookAt, soon, clock.now() + LOOK_EVERY_MS);
      for (const one of taken) {
        if (!one) continue;
        hired += 1;
        follow(work(lane, one));
      }
    } finally {
      if (lane.lookAt === Number.POSITIVE_INFINITY) lane.lookAt = clock.now() + LOOK_EVERY_MS;
      hold(lane, hired - free);
    }
    lookAround();
  }

  async function work(lane: LaneState, taken: Taken): Promise<void> {
    try {
      const delivered = await deliver(lane.receiver, taken);
      const outcome = await settle(ports, lane.receiver, taken.job, delivered);
      metrics.count('kapu_deliveries_total', { queue: lane.queue, outcome });
    } finally {
      hold(lane, -1);
      // What was postponed is due at a time that only the store knows.
      lane.lookAt = 0;
      lookAround();
    }
  }

  async function goRound(): Promise<void> {
    nextRoundAt = clock.now() + LOOK_EVERY_MS;
    for (const name of await lanes.all()) laneOf(name);
    lookAround();
  }

  const ticking = setInterval(() => {
    if (clock.now() >= nextRoundAt) follow(goRound());
    else lookAround();
  }, TICK_MS);
  ticking.unref();

  async function settled(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  return {
    /** Looks into a lane now: something was put there. */
    wake(name: Lane): void {
      const lane = laneOf(name);
      if (lane) lane.lookAt = 0;
      lookAround();
    },

    /** Looks into all lanes now. */
    async wakeAll(): Promise<void> {
      for (const lane of known.values()) lane.lookAt = 0;
      await goRound();
    },

    /** Resolves when nothing is under way that is due. */
    settled,

    /** Takes nothing more and waits for what is in hand; what remains stays in the store. */
    async stop(): Promise<void> {
      stopped = true;
      clearInterval(ticking);
      await settled();
    },
  };
}
