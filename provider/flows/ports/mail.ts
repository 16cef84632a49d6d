/** Letters to people. */
import type { Queue } from '../../core/delivery.ts';
import type { Mail } from '../../core/mail.ts';

/** How the queue of what leaves the house stands. */
export interface Queues {
  lengths(): Promise<readonly { readonly queue: Queue; readonly due: number; readonly dead: number }[]>;
}

export interface Mailer {
  /**
   * Takes a mail over: when this resolves it is kept and will be sent, whatever the mail server does. Where the time
   * that the write takes would tell whether an account exists, post in the background.
   */
  post(mail: Mail): Promise<void>;
}
