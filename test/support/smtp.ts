/** A real mail server on loopback that can be told to misbehave in all the ways in which mail servers do. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { freePort } from './ports.ts';

export interface MailServer {
  readonly url: string;
  /** Messages taken, as they arrived. */
  readonly taken: string[];
  readonly recipients: string[];
  /** Answers every recipient with this code from now on; `hang`: never; undefined: takes them. */
  answer(how: number | 'hang' | undefined): void;
  /** Takes the next message and breaks off before it says so. */
  breakOffOnce(): void;
  stop(): Promise<void>;
}

export async function startMailServer(port?: number): Promise<MailServer> {
  const taken: string[] = [];
  const recipients: string[] = [];
  let how: number | 'hang' | undefined;
  let breaking = false;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 10,
    onRcptTo({ address }, _session, callback) {
      recipients.push(address);
      if (how === 'hang') return;
      if (how === undefined) callback();
      else callback(Object.assign(new Error(`no <${address}> here`), { responseCode: how }));
    },
    async onData(stream, _session, callback) {
      taken.push(await text(stream));
      if (breaking) {
        breaking = false;
        for (const connection of server.connections) connection.close();
        return;
      }
      callback();
    },
  });
  server.on('error', () => {});
  const at = port ?? (await freePort('127.0.0.1'));
  const listening = server.listen(at, '127.0.0.1');
  await once(listening, 'listening');
  return {
    url: `smtp://127.0.0.1:${at}`,
    taken,
    recipients,
    answer(next) {
      how = next;
    },
    breakOffOnce() {
      breaking = true;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
