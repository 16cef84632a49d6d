import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { background } from '../../adapters/background.ts';
import { mailer } from '../../adapters/mailer.ts';
import type { Mail } from '../../provider/flows/ports.ts';
import { anAccount } from '../support/accounts.ts';
import { freePort } from '../support/ports.ts';

const MAIL: Mail = { kind: 'enrolled', account: anAccount(), at: Date.UTC(2026, 0, 2, 3, 4, 5) };
const LETTER = { subject: 'Enrolled', text: 'Dear Anna, it is done.', html: '<p>Dear Anna, it is done.</p>' };

let folder: string;
let sent: (string | undefined)[][];
let lost: object[];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kapu-mail-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  sent = [];
  lost = [];
});

/** A mailer whose losses are what its background work logs as failed. */
function mailerTo(smtpUrl?: string, letter: () => Promise<typeof LETTER> = async () => LETTER) {
  const work = background({
    info: () => {},
    warn: () => {},
    error: (facts) => lost.push(facts),
  });
  const { post } = mailer({
    from: 'Kapu <noreply@example.hu>',
    folder,
    ...(smtpUrl !== undefined && { smtpUrl }),
    compose: async ({ account }) => ({ to: account.email, ...(await letter()) }),
    background: work,
    onSent: (...words) => sent.push(words),
  });
  return { post, drain: work.drain };
}

/** Speaks as much of RFC 5321 as a mail needs, and answers 550 to what begins with `refused`. */
async function smtpServer(refused = 'NOTHING') {
  const mails: string[] = [];
  const commands: string[] = [];

  function replyTo(command: string): string {
    commands.push(command);
    if (command.startsWith(refused)) return '550 no';
    return { DATA: '354 go on', QUIT: '221 bye' }[command] ?? '250 ok';
  }

  async function converse(socket: Socket): Promise<void> {
    socket.write('220 test\r\n');
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      const reply = replyTo(line.value);
      socket.write(`${reply}\r\n`);
      if (reply.startsWith('354')) {
        mails.push(await mailFrom(lines));
        socket.write('250 taken\r\n');
      }
    }
  }

  const server = createServer((socket) => void converse(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, mails, commands, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function mailFrom(lines: AsyncIterator<string>): Promise<string> {
  const mail: string[] = [];
  for (let line = await lines.next(); !line.done && line.value !== '.'; line = await lines.next())
    mail.push(line.value);
  return mail.join('\n');
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

it('sends a mail by SMTP, as plain text and as HTML', async () => {
  const { server, mails, commands, url } = await smtpServer();
  const sender = mailerTo(url);
  sender.post(MAIL);
  await sender.drain();
  await closed(server);

  expect(lost).toEqual([]);
  expect(sent).toEqual([['enrolled', undefined]]);
  expect(commands).toContain('MAIL FROM:<noreply@example.hu>');
  expect(commands).toContain('RCPT TO:<anna@example.hu>');
  expect(mails).toHaveLength(1);
  const [head, ...parts] = mails[0]!.split(/^--.*$/m);
  expect(head).toMatch(/^From: Kapu <noreply@example\.hu>$/m);
  expect(head).toMatch(/^To: anna@example\.hu$/m);
  expect(head).toMatch(/^Subject: Enrolled$/m);
  expect(head).toMatch(/^Content-Type: multipart\/alternative/m);
  expect(parts[0]).toMatch(/^Content-Type: text\/plain[\s\S]*\n\nDear Anna, it is done\.\n/m);
  expect(parts[1]).toMatch(/^Content-Type: text\/html[\s\S]*\n\n<p>Dear Anna, it is done\.<\/p>\n/m);
});

it('loses what the mail server refuses, and says so', async () => {
  const { server, mails, url } = await smtpServer('RCPT');
  const sender = mailerTo(url);
  sender.post(MAIL);
  sender.post({ ...MAIL, kind: 'login-paused' });
  await sender.drain();
  await closed(server);
  expect(mails).toEqual([]);
  expect(sent).toEqual([]);
  // The server's own words quote the address: the log has the reason alone.
  const refusal = new Error('the mail server refused: EENVELOPE 550 RCPT TO');
  expect(lost).toHaveLength(2);
  expect(lost).toContainEqual({ what: 'mail enrolled', err: refusal });
  expect(lost).toContainEqual({ what: 'mail login-paused', err: refusal });
});

it('loses mails and nothing else when nobody listens', async () => {
  const sender = mailerTo(`smtp://127.0.0.1:${await freePort('127.0.0.1')}`);
  expect(() => {
    sender.post(MAIL);
    sender.post(MAIL);
  }).not.toThrow();
  await expect(sender.drain()).resolves.toBeUndefined();
  const loss = { what: 'mail enrolled', err: expect.any(Error) };
  expect(lost).toEqual([loss, loss]);
  expect(sent).toEqual([]);
});

it('loses a mail that can not be written', async () => {
  const sender = mailerTo(undefined, () => Promise.reject(new Error('no such template')));
  sender.post(MAIL);
  await sender.drain();
  expect(lost).toEqual([{ what: 'mail enrolled', err: new Error('no such template') }]);
  expect(readdirSync(folder)).toEqual([]);
});

it('without a mail server writes a file that tells by its name when and what, not who', async () => {
  const sender = mailerTo();
  sender.post(MAIL);
  await sender.drain();
  const [file] = readdirSync(folder);
  expect(file).toMatch(/^2026-01-02T03-04-05\.000Z-enrolled-[0-9a-f]{8}\.eml$/);
  expect(sent).toEqual([['enrolled', path.join(folder, file!)]]);
  expect(readFileSync(path.join(folder, file!), 'utf8')).toMatch(/^To: anna@example\.hu\r$/m);
});
