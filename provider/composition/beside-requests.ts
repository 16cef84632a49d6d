/** What goes on beside requests: an instance delivers mails and notices, does to accounts what is due, follows the keys. */
import type { Receivers, Workers } from '../../adapters/outbox/workers.ts';
import { SWEEP_EVERY_MS } from '../../config/policy.ts';
import type { currentWeb } from './current-web.ts';
import type { Flows } from './flows.ts';
import type { Ports } from './ports.ts';

interface Beside {
  readonly ports: Pick<Ports, 'background' | 'log' | 'outbox' | 'owedLetters' | 'statistics'>;
  readonly flows: Pick<Flows, 'closing' | 'deskResets'>;
  readonly web: Pick<Awaited<ReturnType<typeof currentWeb>>, 'follow' | 'leave'>;
  readonly receivers: () => Receivers;
}

export function besideRequests({ ports, flows, web, receivers }: Beside) {
  const { background, log, outbox, owedLetters, statistics } = ports;
  let delivering: Workers | undefined;
  let sweeping: NodeJS.Timeout | undefined;

  /** Does what is due to accounts. Any number of instances may do it at once. */
  function sweep(): void {
    background.run('closing', flows.closing.eraseDue);
    background.run('factor resets', flows.deskResets.carryOutDue);
    background.run('letters', owedLetters.sendDue);
  }

  return {
    sweep,
    /**
     * A server's part and not the command line's: from now on this instance delivers mails and notices, whichever instance
     * left them, erases accounts that are due, and follows the signing keys.
     */
    async begin(): Promise<void> {
      delivering ??= outbox.work(receivers());
      sweeping ??= setInterval(sweep, SWEEP_EVERY_MS).unref();
      await web.follow();
    },
    /** Waits for what is under way, and for what is due to be delivered. */
    async drain(): Promise<void> {
      await background.drain();
      await statistics.flush();
      await delivering?.wakeAll();
      await delivering?.settled();
    },
    /** Takes up nothing more, and waits for what is under way; the store and the hasher are their opener's to close. */
    async stop(): Promise<void> {
      clearInterval(sweeping);
      web.leave();
      await background.drain();
      await statistics
        .flush()
        .catch((error: unknown) => log.error({ err: error }, 'figures of the last seconds are lost'));
      await delivering?.stop();
    },
  };
}
