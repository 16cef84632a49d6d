/**
 * Mails by the outbox and nodemailer: to the SMTP server, or without one each to a file, so that a developer can read
 * it. Many lanes, since a lane is a partition and there may be a million mails; all lead to the one mail server.
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SendMailOptions, Transporter } from 'nodemailer';
import type { Delivered } from '../provider/core/delivery.ts';
import { addresseesOf, type Mail } from '../provider/core/mail.ts';
import type { Clock, Mailer, Random } from '../provider/flows/ports.ts';
import type { Job, NewJob } from './outbox/jobs.ts';

const LANES = 8;

export interface MailQueue {
  readonly put: (job: NewJob) => Promise<void>;
  readonly random: Random;
  readonly clock: Clock;
  readonly giveUpAfterMs: number;
}

export interface QueuedMailer extends Mailer {
  /** One of {@link addressed}. Two of one `id` are one, as long as the first waits. */
  postOne(mail: Mail, id: string): Promise<void>;
}

export function queuedMailer({ put, random, clock, giveUpAfterMs }: MailQueue): QueuedMailer {
  async function postOne(mail: Mail, id: string): Promise<void> {
    const [byte = 0] = createHash('sha256').update(id).digest();
    const last = clock.now() + giveUpAfterMs;
    // A link that has run out is not worth a mail.
    const until = 'facts' in mail && 'until' in mail.facts ? mail.facts.until : last;
    const giveUpAt = Math.min(last, until);
    await put({ lane: `mail/${byte % LANES}`, id, about: mail.kind, body: mail, giveUpAt });
  }

  return {
    postOne,
    post: async (mail) => {
      await Promise.all(addressed(mail).map((one) => postOne(one, random.id())));
    },
  };
}

/** A mail to each of its addressees, with only what it needs of the account: what waits to be sent is no place for hashes and secrets. */
export function addressed(mail: Mail): Mail[] {
  const { email, language, username, person } = mail.account;
  const { familyName, givenName } = person;
  const names = {
    ...(familyName !== undefined && { familyName }),
    ...(givenName !== undefined && { givenName }),
  };
  const account = { email, language, username, person: names };
  return addresseesOf(mail).map((to) => ({ ...mail, account, to }));
}

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailDeliveryOptions {
  readonly from: string;
  readonly smtpUrl?: string;
  /** Where letters go as `*.eml` without an SMTP server. */
  readonly folder: string;
  /** Writes a mail in its owner's language. */
  readonly compose: (mail: Mail) => Promise<Letter>;
  readonly onSent: (kind: Mail['kind'], file?: string) => void;
}

/** A mail server that accepts and then says nothing is given up before the outbox's deadline. */
const TIMEOUTS = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 };

/** Delivers what {@link queuedMailer} put. A mail has the same Message-ID at every try. */
export function mailDelivery({ from, smtpUrl, folder, compose, onSent }: MailDeliveryOptions) {
  const opened = smtpUrl === undefined ? undefined : transportTo({ url: smtpUrl, ...TIMEOUTS });
  const domain = /@([^\s<>@]+)/.exec(from)?.[1] ?? 'localhost';

  return async (body: unknown, { id }: Pick<Job, 'id'>): Promise<Delivered> => {
    const mail = body as Mail;
    const { to, ...words } = await compose(mail);
    // As an object, for text would be read as a list: one address with a comma in it must not become two.
    const message = { from, to: { name: '', address: to }, ...words, messageId: `<${id}@${domain}>` };
    if (!opened) {
      onSent(mail.kind, await toFile(folder, mail, id, message));
      return 'done';
    }
    const transport = await opened;
    try {
      await transport.sendMail(message);
    } catch (error) {
      return judged(error as SmtpError);
    }
    onSent(mail.kind);
    return 'done';
  };
}

/** The library is loaded when an instance begins to deliver: with its first mail everybody would wait for it. */
async function transportTo(options: object): Promise<Transporter> {
  const { default: nodemailer } = await import('nodemailer');
  return nodemailer.createTransport(options);
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** The server's own words quote the address of the person: only the reason is kept. */
function judged({ code, responseCode = 0, command }: SmtpError): Delivered {
  const because = [code, responseCode || undefined, command].filter(Boolean).join(' ');
  // A refusal for good (RFC 5321 §4.2.1) of this recipient or message; of sender or login it is the operator's to mend.
  const permanent = responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA');
  return permanent ? { refused: because } : { failed: because };
}

async function toFile(folder: string, mail: Mail, id: string, message: SendMailOptions): Promise<string> {
  const writer = await transportTo({ streamTransport: true, buffer: true });
  const { message: written } = (await writer.sendMail(message)) as { message: Buffer };
  await mkdir(folder, { recursive: true });
  // Nobody's name: the file's path stands in the log.
  const moment = new Date(mail.at).toISOString().replaceAll(':', '-');
  // The letters of one change differ in the end of their ids.
  const file = path.join(folder, `${moment}-${mail.kind}-${id.slice(-8)}.eml`);
  await writeFile(file, written);
  return file;
}
