/** Letters to people. */
import type { Queue } from '../../core/delivery.ts';
import type { Mail } from '../../core/mail.ts';

/** How the queue of what leaves the house stands. */
export interface Queues {
  lengths(): Promise<readonly { readonly queue: Queue; readonly due: number; readonly dead: number }[]>;
}

/** A mail, or a notice to a portal, that was given up: all that may be told of it. */
export interface DeadLetter {
  /** What it is called by; names no person. */
  readonly reference: string;
  /** Where a list of them goes on after it. */
  readonly place: string;
  readonly queue: Queue;
  /** The kind of the mail. */
  readonly about: string;
  /** The portal that a notice is for. */
  readonly clientId?: string;
  /** Milliseconds since the epoch. */
  readonly putAt: number;
  readonly attempts: number;
  /** Why the last try failed, in words that name nobody. */
  readonly because?: string;
}

export interface DeadLetters {
  /** The first given up first, `limit` at most (else all), beginning after the place `after`. */
  list(page?: { queue?: Queue; after?: string; limit?: number }): Promise<readonly DeadLetter[]>;
  /** The client that a notice is for; undefined of a mail. */
  portalOf(reference: string): string | undefined;
  /** On its way again, with as much time as it had; false when it is not among them. */
  revive(reference: string): Promise<boolean>;
  /** Forgotten; false when it is not among them. */
  drop(reference: string): Promise<boolean>;
}

export interface Mailer {
  /**
   * Takes a mail over: when this resolves it is kept and will be sent, whatever the mail server does. Where the time
   * that the write takes would tell whether an account exists, post in the background.
   */
  post(mail: Mail): Promise<void>;
}
