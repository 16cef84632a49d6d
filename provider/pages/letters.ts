/** Mails as pages of their own: subject, text and HTML from the same strings, in the reader's language. */
import { displayName } from '../core/account.ts';
import type { Mail } from '../flows/ports.ts';
import { dateTime, type Names, type Texts } from './texts.ts';

export interface ComposedLetter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function letters(
  texts: Texts,
  about: { issuer: string; service: Names; contact: { email: string; phone?: string } },
) {
  return async ({ kind, account, at }: Mail): Promise<ComposedLetter> => {
    const t = texts.translator(account.language);
    const locals = {
      t,
      lang: account.language,
      ...about,
      name: displayName(account, account.language),
      when: dateTime(account.language, at),
    };
    const [text, html] = await Promise.all([
      texts.render(`mail/${kind}.text`, locals),
      texts.render(`mail/${kind}.html`, locals),
    ]);
    return { to: account.email, subject: t(`mail.${kind}.subject`), text, html };
  };
}
