/** Every mail in both languages, as checked words: `__snapshots__/mails.test.ts.snap` is what people get to read. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../../provider/core/account.ts';
import type { Mail, MailFacts, MailKind } from '../../provider/core/mail.ts';
import { type ComposedLetter, letters } from '../../provider/pages/letters.ts';
import { LANGUAGES, texts } from '../../provider/pages/texts.ts';
import { anAccount } from '../support/accounts.ts';
import { textOf } from '../support/browser.ts';

const ISSUER = 'https://login.example.hu';
const at = Date.UTC(2026, 2, 1, 9, 30);
const until = Date.UTC(2026, 2, 6, 9, 30);
const link = `${ISSUER}/link?token=abc`;

const FACTS: MailFacts = {
  enrolled: null,
  'device-added': { device: 'Tablet' },
  'device-changed': { device: 'Új telefon' },
  'device-removed': { device: 'Régi telefon' },
  'plus-off': null,
  'deletion-code-new': null,
  'deletion-code-used': null,
  'password-changed': null,
  'password-reset': { link, until },
  'email-confirm': { code: '123456', until },
  'email-changed': { newEmail: 'anna.kovacs@example.hu' },
  'login-paused': null,
  'codes-refused': null,
  'new-browser': { browser: 'Firefox, Windows', portal: 'Teszt Portál', address: '192.0.2.7' },
  activation: { link, until },
  'account-closing': { link, until },
  'account-closed': null,
  'account-reopened': null,
  'reset-by-desk': { link, until },
  'reset-by-desk-done': null,
  'sessions-ended': null,
  'account-locked': null,
  'account-unlocked': null,
};
const KINDS = Object.keys(FACTS) as MailKind[];

let compose: (mail: Mail) => Promise<ComposedLetter>;

beforeAll(async () => {
  const service = { name: 'Ügyfélkapu', plusName: 'Ügyfélkapu+' };
  const words = await texts(path.resolve('views'), service);
  const contact = { email: 'segitseg@example.hu', phone: '1818' };
  compose = letters(words, { issuer: ISSUER, service, contact });
});

function mailOf(kind: MailKind, changes: Partial<Account> = {}): Mail {
  const account = anAccount({ person: { familyName: 'Kovács', givenName: 'Anna' }, ...changes });
  const facts = FACTS[kind];
  return { kind, account, at, ...(facts && { facts }) } as Mail;
}

describe.each(LANGUAGES)('in %s', (language) => {
  it.each(KINDS)('%s', async (kind) => {
    const { to, subject, text, html } = await compose(mailOf(kind, { language }));
    expect(`To: ${to}\nSubject: ${subject}\n\n${text}`).toMatchSnapshot();
    expect(text).not.toMatch(/\{\{|undefined|\bmail\.\w|&[a-z#\d]+;/);
    expect(html).toContain(`<html lang="${language}">`);
    // Both forms say the same.
    const said = textOf(html);
    for (const line of text.split('\n').filter((line) => line.trim() !== '' && line !== '--'))
      expect(said).toContain(line.trim().replace(/:$/, ''));
  });

  it('says what happened, when, and what to do if it was not you', async () => {
    for (const kind of KINDS) {
      const { text } = await compose(mailOf(kind, { language }));
      expect(text).toContain(language === 'hu' ? '2026. március 1. 10:30' : '1 March 2026 at 10:30');
      expect(text).toMatch(
        language === 'hu' ? /Ha nem (Ön|tud|kért)/ : /If (it was not you|you do not know|you did not)/,
      );
      expect(text).toContain('segitseg@example.hu');
    }
  });
});

describe('in HTML', () => {
  it.each(['new-browser', 'password-reset', 'email-confirm'] as const)('%s', async (kind) => {
    expect((await compose(mailOf(kind))).html).toMatchSnapshot();
  });
});

it('phishing by a name: what people named says nothing in a mail but its name', async () => {
  const device =
    '<a href="https://evil.hu">Telefon</a>\n\nHívja a +36 1 234 5678 számot $t(mail.reach) {{service}}';
  const { text, html } = await compose({ ...mailOf('device-added'), facts: { device } } as Mail);
  expect(html).not.toContain('<a href="https://evil.hu">');
  expect(html).toContain('&lt;a href=');
  expect(text).toContain('Telefon</a> Hívja a +36 1 234 5678 számot $t(mail.reach) {{service}}. Időpont');
});

it('the old mailbox does not learn the new address, and a strange one not whose account it is', async () => {
  const told = await compose({ ...mailOf('email-changed'), to: 'old@example.hu' } as Mail);
  expect(told.to).toBe('old@example.hu');
  expect(told.text).not.toContain('anna.kovacs@');
  const asked = await compose({ ...mailOf('email-confirm'), to: 'new@example.hu' } as Mail);
  expect(asked.text + asked.html + asked.subject).not.toMatch(/Kovács|anna/i);
});

it('no subject holds a code or a link', async () => {
  const subjects = await Promise.all(KINDS.map(async (kind) => (await compose(mailOf(kind))).subject));
  for (const subject of subjects) expect(subject).not.toMatch(/\d|http/);
});
