/** What every flow may need of the machine, and how it fails. */
import type { Counted, Standing, Timed } from '../../core/metric.ts';
import type { Counts, LoginOutcome, Period } from '../../core/statistics.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Structured log lines; never a password, code, secret, token or cookie among the facts. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Figures for those who run the service; what there is stands in `core/metric.ts`. None of these throws. */
export interface Metrics {
  /** It happened once more. */
  count<Name extends keyof Counted>(name: Name, labels: Counted[Name]): void;
  took<Name extends keyof Timed>(name: Name, seconds: number, labels: Timed[Name]): void;
  /** `read` is asked at every scrape; when it fails the figure is missing, which is an alert by itself. */
  stands<Name extends keyof Standing>(
    name: Name,
    labels: Standing[Name],
    read: () => number | Promise<number>,
  ): void;
}

type TracedFacts = Readonly<Record<string, string | number>>;

/** A piece of work in a trace; names and facts from closed sets, and nothing about a person. */
export interface TracedWork {
  readonly name: string;
  /** Whether we answer somebody, ask somebody, or work by ourselves. */
  readonly kind: 'answer' | 'ask' | 'work';
  readonly facts?: TracedFacts;
  /** A trace by itself: whatever runs at the time did not ask for it, or does not wait. */
  readonly apart?: true;
  /** The `traceparent` of who asked, as it came. */
  readonly cause?: string | undefined;
}

/** Where time goes, for those who run the service. */
export interface Traces {
  /** What is run within it belongs to it. `tell` says what is known only at the end: its name, and more facts. */
  within<T>(
    work: TracedWork,
    run: (tell: (name: string, facts: TracedFacts) => void) => Promise<T>,
  ): Promise<T>;
}

/** Figures of logins for the console: shared by all instances, a few seconds late, kept for forty days. */
export interface Statistics {
  /** It happened once more, at this client. Never throws, and nobody waits for it. */
  count(outcome: LoginOutcome, clientId?: string): void;
  /** Oldest first: at one client, or at all. By the minute (`hours`) nothing is kept of one client. */
  of(period: Period, clientId?: string): Promise<Counts[]>;
  /** Resolves when what was counted here can be seen everywhere. */
  flush(): Promise<void>;
}

/** Work that no page waits for. */
export interface Background {
  /** A failure is logged under `what`. */
  run(what: string, task: () => Promise<void>): void;
  /** Resolves when everything under way has ended. */
  drain(): Promise<void>;
}

export interface Random {
  /** Bytes of the system's cryptographic source. */
  bytes(count: number): Uint8Array;
  /** An unguessable, URL-safe identifier of 128 bits or more. */
  id(): string;
  /** Tells something from the few of its kind beside it, by 48 bits: no secret, and unique in one account alone. */
  shortId(): string;
}

/** The store can't be reached or refuses to work. Pages answer it with 503. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A record of the store is there and can't be read. `where` names it; nobody else suffers from it. */
export class CorruptRecord extends Error {
  override readonly name = 'CorruptRecord';
  constructor(where: string) {
    super(`the record ${where} can not be read`);
  }
}

/** More was asked of the password hasher than it can do in a bearable time. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** For figures and alerts. */
export function faultKind(error: unknown): Counted['kapu_faults_total']['kind'] {
  if (error instanceof StoreUnavailable) return 'store-unavailable';
  if (error instanceof CorruptRecord) return 'corrupt-record';
  return error instanceof Overloaded ? 'overloaded' : 'other';
}

/** Portals' logos, PNG files of ours. */
export interface Logos {
  /** Answers the name that it is found by: the same for the same bytes. */
  keep(png: Uint8Array): Promise<string>;
  find(name: string): Promise<Buffer | undefined>;
}
