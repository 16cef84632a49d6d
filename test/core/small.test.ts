/** The small rules of `core/`: how things are spelt and compared, and when a delivery is tried again. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { displayName, normalizeUsername } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import {
  DELETION_CODE_BYTES,
  normalizeDeletionCode,
  spellDeletionCode,
} from '../../provider/core/deletion-code.ts';
import { retryAt } from '../../provider/core/delivery.ts';
import { normalizeEmail } from '../../provider/core/email.ts';
import type { AccountEvent } from '../../provider/core/event.ts';
import { JOURNAL_KINDS } from '../../provider/core/journal.ts';
import { anAccount } from '../support/accounts.ts';

const bytes = fc.uint8Array({ minLength: DELETION_CODE_BYTES, maxLength: DELETION_CODE_BYTES });

describe('the deletion code', () => {
  it('is four groups of four without look-alike letters', () => {
    fc.assert(
      fc.property(bytes, (some) =>
        expect(spellDeletionCode(some)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/),
      ),
    );
  });

  it('spells different bytes differently: all 80 bits are in it', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const same = Buffer.from(a).equals(Buffer.from(b));
        expect(spellDeletionCode(a) === spellDeletionCode(b)).toBe(same);
      }),
    );
  });

  it('is read whatever the case, spaces, hyphens and look-alikes', () => {
    const code = spellDeletionCode(Uint8Array.from([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]));
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect(normalizeDeletionCode(typed)).toBe(normalizeDeletionCode(code));
  });
});

describe('the journal', () => {
  it('can be asked for all that staff do: what it does not offer is no act of theirs', () => {
    expect(JOURNAL_KINDS).toContain('authenticator-removed');
    // @ts-expect-error a login is the person's own
    const act: AccountEvent = { kind: 'login', at: 0, by: COMMAND_LINE };
    expect(JOURNAL_KINDS).not.toContain(act.kind);
  });
});

describe('names', () => {
  it('user names are compared without case, width or space around', () => {
    expect(normalizeUsername(' Ｋovács ')).toBe('kovács');
  });

  it('have one spelling: normalizing twice changes nothing', () => {
    const odd = fc.constantFrom('T\u0308', 'H\u0331', 'W\u030a', 'J\u030c', 'İ', 'ẞ', 'ﬁ', 'ǰ', 'a', ' ');
    const typed = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(odd).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(typed, (name) => normalizeUsername(normalizeUsername(name)) === normalizeUsername(name)),
    );
  });

  it('stand in the order of the language', () => {
    const account = anAccount({ person: { familyName: 'Kovács', givenName: 'Anna' } });
    expect([displayName(account, 'hu'), displayName(account, 'en')]).toEqual(['Kovács Anna', 'Anna Kovács']);
    expect(displayName(anAccount(), 'hu')).toBe('anna');
  });
});

describe('an e-mail address', () => {
  it.each([
    ['anna@example.hu', 'anna@example.hu'],
    [' Anna.Kovacs+ugyek@EXAMPLE.hu ', 'Anna.Kovacs+ugyek@example.hu'],
    ['anna@körte.hu', 'anna@xn--krte-5qa.hu'],
  ])('%s is written as %s', (typed, written) => {
    expect(normalizeEmail(typed)).toBe(written);
  });

  it.each([
    '',
    '@',
    'nobody',
    'a@b',
    'a b@example.hu',
    '.a@example.hu',
    'a..b@example.hu',
    'a@example.hu, b@example.hu',
    'Anna <a@example.hu>',
    'a@example.hu\r\nBcc: b@example.hu',
    'a@example.hu\u0000',
    '"a@b"@example.hu',
    'a@exa_mple.hu',
    'a@example.hu:25',
    'a@example%2ehu',
    'a%example.com@example.hu',
    'example.com!a@example.hu',
    '=?utf-8?q?a=40example.com=3e=20?=@example.hu',
    'a@127.0.0.1',
    'a@[127.0.0.1]',
    `${'a'.repeat(65)}@example.hu`,
    `a@${'b.'.repeat(126)}hu`,
  ])('is not: %j', (typed) => {
    expect(normalizeEmail(typed)).toBeUndefined();
  });
});

describe('a delivery that failed', () => {
  const rule = { firstDelayMs: 10, longestDelayMs: 100 };
  it.each([
    [1, 0, 10],
    [2, 0, 20],
    [4, 0, 80],
    [5, 0, 100],
    [5, 1, 50],
    [2000, 0.5, 75],
  ])('after %i tries with jitter %f is tried again after %i', (attempts, jitter, delay) => {
    expect(retryAt({ attempts, giveUpAt: 1e12 }, rule, 1_000, jitter)).toBe(1_000 + delay);
  });
  it('is given up when the next try would come too late', () => {
    expect(retryAt({ attempts: 1, giveUpAt: 1_011 }, rule, 1_000, 0)).toBe(1_010);
    expect(retryAt({ attempts: 1, giveUpAt: 1_010 }, rule, 1_000, 0)).toBe('give-up');
  });
});
