/** Mails at a real SMTP server: what they look like, and what outages, refusals and a server that hangs do to them. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openEmbeddedStore } from '../../adapters/embedded-store.ts';
import { type Letter, mailDelivery, queuedMailer } from '../../adapters/mailer.ts';
import { NO_METRICS } from '../../adapters/measured.ts';
import { openOutbox } from '../../adapters/outbox/outbox.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import type { Store } from '../../adapters/store.ts';
import { systemClock as clock, systemRandom as random } from '../../adapters/system.ts';
import { MAIL_DELIVERY } from '../../config/policy.ts';
import type { Mail } from '../../provider/core/mail.ts';
import { anAccount } from '../support/accounts.ts';
import { newFolder } from '../support/folders.ts';
import { freePort } from '../support/ports.ts';
import { type MailServer, startMailServer } from '../support/smtp.ts';
import { HOURS, MINUTES, releaseClock, stopClock, travel } from '../support/time.ts';

const MAIL: Mail = { kind: 'enrolled', account: anAccount(), at: Date.UTC(2026, 0, 2, 3, 4, 5) };
const LETTER = { subject: 'Bekapcsolva', text: 'Kedves Anna, kész.', html: '<p>Kedves Anna, kész.</p>' };

let folder: string;
let store: Store;
let logged: string[];
let sent: (string | undefined)[][];
let outcomes: string[];
let ends: (() => Promise<unknown>)[];

beforeEach(() => {
  stopClock();
  folder = newFolder('mail');
  store = openEmbeddedStore({ folder: path.join(folder, 'store'), clock });
  [logged, sent, outcomes, ends] = [[], [], [], []];
});
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
  await store.close();
  rmSync(folder, { recursive: true });
  releaseClock();
});

async function mailServer(port?: number): Promise<MailServer> {
  const server = await startMailServer(port);
  ends.push(() => server.stop());
  return server;
}

/** The whole way of a mail: posted, kept, delivered. `passes` lets time go by and waits for what is due then. */
function office(
  smtpUrl?: string,
  { letter = () => ({}), deadlineMs = 5_000 }: { letter?: () => Partial<Letter>; deadlineMs?: number } = {},
) {
  const line = (facts: object, message: string) => void logged.push(`${message} ${JSON.stringify(facts)}`);
  const outbox = openOutbox({
    store,
    secretBox: secretBox([new Uint8Array(32)], () => {}),
    random,
    clock,
    log: { info: line, warn: line, error: line },
    metrics: { ...NO_METRICS, count: (_name, labels) => void outcomes.push(Object.values(labels).join(' ')) },
  });
  const deliver = mailDelivery({
    from: 'Kapu <noreply@example.hu>',
    folder: path.join(folder, 'mail'),
    ...(smtpUrl !== undefined && { smtpUrl }),
    compose: async ({ account, to }) => ({ to: to ?? account.email, ...LETTER, ...letter() }),
    onSent: (...words) => sent.push(words),
  });
  const workers = outbox.work({ mail: { ...MAIL_DELIVERY, deadlineMs, deliver } });
  ends.push(() => workers.stop());
  return {
    post: queuedMailer({ ...MAIL_DELIVERY, put: outbox.put, random, clock }).post,
    dead: outbox.dead,
    async passes(milliseconds = 0): Promise<void> {
      travel(milliseconds);
      await workers.wakeAll();
      await workers.settled();
    },
  };
}

const header = (name: string, message = '') =>
  new RegExp(`^${name}: (.*(?:\r?\n[ \t].*)*)`, 'm').exec(message)?.[1];

it('sends a mail by SMTP, as plain text and as HTML, with a subject in UTF-8', async () => {
  const server = await mailServer();
  const { post, passes } = office(server.url, {
    letter: () => ({ subject: 'Ügyfélkapu+: bekapcsolva — őrizze a törlőkódot' }),
  });
  await post(MAIL);
  await passes();
  expect(sent).toEqual([['enrolled']]);
  expect(outcomes).toEqual(['mail delivered']);
  expect(server.recipients).toEqual(['anna@example.hu']);
  const [message = ''] = server.taken;
  expect(header('From', message)).toBe('Kapu <noreply@example.hu>');
  expect(header('To', message)).toBe('anna@example.hu');
  expect(header('Message-ID', message)).toMatch(/^<[\w-]{20,}@example\.hu>$/);
  expect(decodedWords(header('Subject', message))).toBe('Ügyfélkapu+: bekapcsolva — őrizze a törlőkódot');
  expect(message).toMatch(/^Content-Type: multipart\/alternative/m);
  expect(message).toMatch(
    /Content-Type: text\/plain; charset=utf-8[\s\S]*Content-Type: text\/html; charset=utf-8/,
  );
});

/** RFC 2047, as far as a subject needs it. */
function decodedWords(subject = ''): string {
  const joined = subject.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(/=\?UTF-8\?(Q|B)\?([^?]*)\?=/gi, (_, encoding: string, word: string) => {
    if (encoding.toUpperCase() === 'B') return Buffer.from(word, 'base64').toString();
    const bytes = word
      .replaceAll('_', ' ')
      .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString();
  });
}

it('loses nothing while the mail server is down for an hour', async () => {
  const port = await freePort('127.0.0.1');
  const { post, passes, dead } = office(`smtp://127.0.0.1:${port}`);
  await post(MAIL);
  await post({ ...MAIL, kind: 'login-paused' });
  for (let minutes = 0; minutes < 60; minutes += 5) await passes(5 * MINUTES);
  expect(sent).toEqual([]);
  const server = await mailServer(port);
  await passes(30 * MINUTES);
  expect(sent.flat().toSorted()).toEqual(['enrolled', 'login-paused']);
  expect(server.taken).toHaveLength(2);
  expect(await dead()).toEqual([]);
});

it('tries again after a temporary refusal, with the same Message-ID', async () => {
  const server = await mailServer();
  const { post, passes } = office(server.url);
  server.answer(451);
  await post(MAIL);
  await passes();
  expect(outcomes).toEqual(['mail postponed']);
  server.answer(undefined);
  server.breakOffOnce();
  await passes(1 * MINUTES);
  await passes(10 * MINUTES);
  expect(outcomes).toEqual(['mail postponed', 'mail postponed', 'mail delivered']);
  const [first, second] = server.taken.map((message) => header('Message-ID', message));
  expect(server.taken).toHaveLength(2);
  expect(second).toBe(first);
});

it('gives up at once what is refused for good, and the log does not name the address', async () => {
  const server = await mailServer();
  const { post, passes, dead } = office(server.url);
  server.answer(550);
  await post(MAIL);
  await passes();
  expect(outcomes).toEqual(['mail given-up']);
  expect(await dead()).toMatchObject([{ about: 'enrolled', because: 'EENVELOPE 550 RCPT TO', attempts: 1 }]);
  expect(logged.join('\n')).toContain('given up');
  expect(logged.join('\n')).not.toContain('anna');
});

it('gives up after a day', async () => {
  const { post, passes, dead } = office(`smtp://127.0.0.1:${await freePort('127.0.0.1')}`);
  await post(MAIL);
  for (let hours = 0; hours < 23; hours += 1) await passes(1 * HOURS);
  expect(await dead()).toEqual([]);
  await passes(1 * HOURS);
  expect(await dead()).toHaveLength(1);
  expect(outcomes.at(-1)).toBe('mail given-up');
});

it('gives up a mail whose link has run out', async () => {
  const { post, passes, dead } = office(`smtp://127.0.0.1:${await freePort('127.0.0.1')}`);
  const facts = { link: 'https://kapu.example.hu/x', until: Date.now() + 60 * MINUTES };
  await post({ ...MAIL, kind: 'password-reset', facts });
  for (let minutes = 0; minutes < 60; minutes += 10) await passes(10 * MINUTES);
  expect(await dead()).toMatchObject([{ about: 'password-reset' }]);
});

it('is not held up by a mail server that hangs', async () => {
  const server = await mailServer();
  const { post, passes } = office(server.url, { deadlineMs: 50 });
  server.answer('hang');
  await post(MAIL);
  await passes();
  expect(outcomes).toEqual(['mail postponed']);
  expect(logged.join('\n')).toContain('ETIMEDOUT');
});

it('keeps a mail whose template fails', async () => {
  const { post, passes } = office(undefined, {
    letter: () => {
      throw new Error('no such template');
    },
  });
  await post(MAIL);
  await passes();
  expect(sent).toEqual([]);
  expect(outcomes).toEqual(['mail postponed']);
});

it('keeps no address and no link readable at rest', async () => {
  const put: unknown[] = [];
  const watched: Store = {
    ...store,
    commit: (partition, writes) => {
      put.push(partition, writes);
      return store.commit(partition, writes);
    },
  };
  const outbox = openOutbox({
    store: watched,
    secretBox: secretBox([new Uint8Array(32)], () => {}),
    random,
    clock,
    log: { info() {}, warn() {}, error() {} },
    metrics: NO_METRICS,
  });
  const facts = { link: 'https://kapu.example.hu/activation/very-secret', until: Date.now() + HOURS };
  await queuedMailer({ ...MAIL_DELIVERY, put: outbox.put, random, clock }).post({
    ...MAIL,
    kind: 'activation',
    facts,
  });
  expect(JSON.stringify(put)).toContain('activation');
  expect(JSON.stringify(put)).not.toMatch(/anna|very-secret/);
});

it('lets nobody write headers by their name', async () => {
  const server = await mailServer();
  const evil = 'x\r\nBcc: everybody@example.hu\r\n\r\nDear all';
  const { post, passes } = office(server.url, { letter: () => ({ subject: evil }) });
  await post({ ...MAIL, to: 'anna@example.hu\r\nBcc: everybody@example.hu' });
  await post({ ...MAIL, to: 'anna@example.hu, everybody@example.hu' });
  await passes();
  expect(server.recipients).not.toContain('everybody@example.hu');
  for (const message of server.taken) expect(message).not.toMatch(/^Bcc:/m);
});

it('without a mail server writes a file that tells by its name when and what, not who', async () => {
  const { post, passes } = office();
  await post(MAIL);
  await passes();
  const [file = ''] = readdirSync(path.join(folder, 'mail'));
  expect(file).toMatch(/^2026-01-02T03-04-05\.000Z-enrolled-[\w-]{8}\.eml$/);
  expect(sent).toEqual([['enrolled', path.join(folder, 'mail', file)]]);
  expect(readFileSync(path.join(folder, 'mail', file), 'utf8')).toMatch(/^To: anna@example\.hu\r$/m);
});
