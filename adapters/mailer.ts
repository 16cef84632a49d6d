/** Mails by nodemailer: to the SMTP server, or without one each to a file, so that a developer can read it. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import nodemailer, { type Transporter } from 'nodemailer';
import type { Mail, Mailer } from '../provider/flows/ports.ts';

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
  readonly onSent: (kind: Mail['kind'], file?: string) => void;
  readonly onLost: (kind: Mail['kind'], error: unknown) => void;
}

export function mailer({ from, smtpUrl, folder, compose, onSent, onLost }: MailerOptions): Mailer {
  const transport = smtpUrl ? nodemailer.createTransport(smtpUrl) : undefined;
  const underway = new Set<Promise<void>>();

  async function deliver(mail: Mail): Promise<void> {
    try {
      const letter = { from, ...(await compose(mail)) };
      if (transport) await transport.sendMail(letter);
      onSent(mail.kind, transport ? undefined : await toFile(folder, mail, letter));
    } catch (error) {
      onLost(mail.kind, error);
    }
  }

  return {
    post(mail) {
      const delivery = deliver(mail).finally(() => underway.delete(delivery));
      underway.add(delivery);
    },
    async drain() {
      await Promise.all(underway);
      transport?.close();
    },
  };
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
