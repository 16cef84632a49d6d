/**
 * Every figure that the service keeps of itself. Names and labels are a public face: the dashboard, the alert rules
 * and RUNBOOK.md rely on them. A label has few values, known beforehand, and none is about a person.
 */
import { LEVELS, type Level } from './assurance.ts';
import type { DeliveryOutcome, Queue } from './delivery.ts';
import type { Because } from './refusal.ts';

export const FAULT_KINDS = ['store-unavailable', 'corrupt-record', 'overloaded', 'other'] as const;

/** Things that happen. */
export interface Counted {
  kapu_logins_total: { level: Level | 'none'; outcome: 'done' | 'cancelled' };
  kapu_refusals_total: { reason: Because };
  kapu_faults_total: { kind: (typeof FAULT_KINDS)[number] };
  kapu_hash_refused_total: object;
  kapu_deliveries_total: { queue: Queue; outcome: DeliveryOutcome };
}

/** Things that take time, in seconds. */
export interface Timed {
  /** A form of a login that was posted; `answer` is the class of the status. */
  kapu_step_seconds: { step: string; answer: '2xx' | '3xx' | '4xx' | '5xx' };
  /** Everything else, by the route's name. */
  kapu_request_seconds: { route: string; answer: Timed['kapu_step_seconds']['answer'] };
  kapu_hash_wait_seconds: object;
  kapu_hash_seconds: object;
  kapu_store_seconds: { operation: string; outcome: 'ok' | 'failed' };
}

/** Told by the primary of several workers, which counts nothing else. */
export const WORKER_DEATHS = { name: 'kapu_worker_deaths_total', help: 'Workers that ended by themselves' };

/** How things stand. */
export interface Standing {
  kapu_hash_queue_length: object;
  kapu_outbox_length: { queue: Queue };
  kapu_outbox_dead_letters: { queue: Queue };
  kapu_signing_key_age_seconds: object;
  kapu_turn_queue_length: object;
}

interface Description<T> {
  readonly help: string;
  readonly labels: readonly (keyof T)[];
  /**
   * Told as 0 from the start. Prometheus sees no increase in a series that begins with 1, so an alert would not hear of
   * the first one; and it compares nothing with a series that is not there.
   */
  readonly begins?: readonly T[];
}

type Catalogue<T> = { readonly [Name in keyof T]: Description<T[Name]> };

export const COUNTERS: Catalogue<Counted> = {
  kapu_logins_total: {
    help: 'Logins that came to an end',
    labels: ['level', 'outcome'],
    begins: [
      ...LEVELS.map((level) => ({ level, outcome: 'done' as const })),
      { level: 'none', outcome: 'cancelled' },
    ],
  },
  kapu_refusals_total: { help: 'Posted forms that were refused', labels: ['reason'] },
  kapu_faults_total: {
    help: 'Requests, and work in the background, that ended in a fault of ours',
    labels: ['kind'],
    begins: FAULT_KINDS.map((kind) => ({ kind })),
  },
  kapu_hash_refused_total: {
    help: 'Passwords turned away by a full queue, and logins and their pages at the door',
    labels: [],
  },
  kapu_deliveries_total: { help: 'Tries to deliver a letter', labels: ['queue', 'outcome'] },
};

export const DURATIONS: Catalogue<Timed> = {
  kapu_step_seconds: { help: 'Posted steps of interactions', labels: ['step', 'answer'] },
  kapu_request_seconds: { help: 'Requests other than posted steps', labels: ['route', 'answer'] },
  kapu_hash_wait_seconds: { help: 'Waiting for a hashing thread', labels: [] },
  kapu_hash_seconds: { help: 'Computing one password hash', labels: [] },
  kapu_store_seconds: { help: 'Calls of the store', labels: ['operation', 'outcome'] },
};

export const GAUGES: Catalogue<Standing> = {
  kapu_hash_queue_length: { help: 'Passwords that wait for a hashing thread', labels: [] },
  kapu_outbox_length: { help: 'Letters to be sent', labels: ['queue'] },
  kapu_outbox_dead_letters: { help: 'Letters that were given up', labels: ['queue'] },
  kapu_signing_key_age_seconds: { help: 'Age of the key that signs', labels: [] },
  kapu_turn_queue_length: { help: 'Pages of logins that wait for a turn in the event loop', labels: [] },
};
