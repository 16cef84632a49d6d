/** Mails as their reader sees them. */
import type { TestKapu } from './kapu.ts';

/** The newest mail to an address whose plain text holds `words`; throws when there is none. */
export async function mailTo(kapu: TestKapu, address: string, words = ''): Promise<string> {
  const found = (await mailsTo(kapu, address)).findLast((text) => text.includes(words));
  if (found === undefined) throw new Error(`no mail to ${address} with "${words}"`);
  return found;
}

export async function mailsTo(kapu: TestKapu, address: string): Promise<string[]> {
  const mails = await kapu.mails();
  return mails.filter((mail) => mail.includes(`To: ${address}`)).map(plainText);
}

/** The first link to a page of the product behind which something can be done. */
export function linkIn(text: string, path: string): string {
  const link = new RegExp(`https?://\\S+${path}/[\\w.~-]+`).exec(text)?.[0];
  if (link === undefined) throw new Error(`no link to ${path} in:\n${text}`);
  return link;
}

function plainText(mail: string): string {
  const part = /Content-Type: text\/plain[\s\S]*?\r?\n\r?\n([\s\S]*?)\r?\n--/.exec(mail);
  const encoded = part?.[1] ?? mail;
  const base64 = /Content-Transfer-Encoding: base64/.test(part?.[0] ?? '');
  if (base64) return Buffer.from(encoded, 'base64').toString();
  const bytes = encoded
    .replace(/=\r?\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
