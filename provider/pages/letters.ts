/** Mails as pages of their own: subject, text and HTML from the same strings, in the reader's language. */
import { displayName, type Language } from '../core/account.ts';
import type { Mail, MailKind } from '../core/mail.ts';
import { dateTime, type Names, type Texts } from './texts.ts';

export interface ComposedLetter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Mails whose reader, if it was not them, can still log in and see what happened. */
const SEE_HISTORY: ReadonlySet<MailKind> = new Set([
  'device-added',
  'device-changed',
  'device-removed',
  'plus-off',
  'deletion-code-new',
  'new-browser',
  'sessions-ended',
]);

/** Mails to an address that is not proved to be the person's: they name nobody. */
const ANYBODY: ReadonlySet<MailKind> = new Set(['email-confirm']);

export function letters(
  texts: Texts,
  about: { issuer: string; service: Names; contact: { email: string; phone?: string } },
) {
  return async (mail: Mail): Promise<ComposedLetter> => {
    const { kind, account, at } = mail;
    const { language } = account;
    const t = texts.translator(language);
    const facts = toldFacts(mail, language);
    const told = { when: dateTime(language, at), username: oneLine(account.username), ...facts };
    const subject = t(`mail.${kind}.subject`);
    const locals = {
      t,
      lang: language,
      ...about,
      subject,
      greeting: ANYBODY.has(kind)
        ? t('mail.greetingAnybody')
        : t('mail.greeting', { name: oneLine(displayName(account, language)) }),
      what: t(`mail.${kind}.what`, told),
      paragraphs: [t(`mail.${kind}.you`, told), t(`mail.${kind}.notYou`, told)],
      code: facts.code,
      action: facts.link && { href: facts.link, label: t(`mail.${kind}.action`) },
      historyHref: SEE_HISTORY.has(kind) && `${about.issuer}/account/history`,
    };
    const [text, html] = await Promise.all([
      texts.render('mail/letter.text', locals),
      texts.render('mail/letter.html', locals),
    ]);
    return { to: mail.to ?? account.email, subject, text, html };
  };
}

/** As a reader sees them: moments in words, and names that can't begin paragraphs of their own. */
function toldFacts(mail: Mail, language: Language): Readonly<Record<string, string>> {
  const facts: Readonly<Record<string, string | number>> = 'facts' in mail ? { ...mail.facts } : {};
  const told = (name: string, fact: string | number) => {
    if (typeof fact === 'number') return dateTime(language, fact);
    return oneLine(name === 'newEmail' ? inPart(fact) : fact);
  };
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, told(name, fact)]));
}

/** Enough for its owner to know it, and not for whoever reads the old mailbox. */
function inPart(email: string): string {
  return email.replace(/^(.).*(?=@)/, '$1…');
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
