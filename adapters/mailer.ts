/** Mails by nodemailer: to the SMTP server, or without one each to a file, so that a developer can read it. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import nodemailer, { type Transporter } from 'nodemailer';
import type { Background, Mail, Mailer } from '../provider/flows/ports.ts';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailerOptions {
  readonly from: string;
  readonly smtpUrl?: string;
  /** Where letters go as `*.eml` without an SMTP server. */
  readonly folder: string;
  /** Writes a mail in its owner's language. */
  readonly compose: (mail: Mail) => Promise<Letter>;
  readonly background: Background;
  readonly onSent: (kind: Mail['kind'], file?: string) => void;
}

/** A mail server that accepts and then says nothing must not hold up a stopping server for minutes. */
const TIMEOUTS = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 };

export function mailer({ from, smtpUrl, folder, compose, background, onSent }: MailerOptions): Mailer {
  const transport = smtpUrl ? nodemailer.createTransport({ url: smtpUrl, ...TIMEOUTS }) : undefined;

  async function deliver(mail: Mail): Promise<void> {
    const letter = { from, ...(await compose(mail)) };
    if (transport) await transport.sendMail(letter).catch(nameless);
    onSent(mail.kind, transport ? undefined : await toFile(folder, mail, letter));
  }

  return { post: (mail) => background.run(`mail ${mail.kind}`, () => deliver(mail)) };
}

/** What nodemailer throws quotes the address of the person; the log may know the reason alone. */
function nameless(error: { code?: string; responseCode?: number; command?: string }): never {
  throw new Error(`the mail server refused: ${[error.code, error.responseCode, error.command].join(' ')}`);
}

async function toFile(folder: string, mail: Mail, letter: Letter): Promise<string> {
  const writer: Transporter = nodemailer.createTransport({ streamTransport: true, buffer: true });
  const { message } = (await writer.sendMail(letter)) as { message: Buffer };
  await mkdir(folder, { recursive: true });
  // Nobody's name: the file's path stands in the log.
  const moment = new Date(mail.at).toISOString().replaceAll(':', '-');
  const file = path.join(folder, `${moment}-${mail.kind}-${randomBytes(4).toString('hex')}.eml`);
  await writeFile(file, message);
  return file;
}
