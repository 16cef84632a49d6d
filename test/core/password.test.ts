/** Which passwords may be chosen: length in code points, whole and exact, and nothing that a guesser tries first. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { passwordAdviser } from '../../adapters/password-advice.ts';
import { weakWords } from '../../adapters/weak-words.ts';
import { type ClientRecord, newClientRecord } from '../../provider/core/client-record.ts';
import {
  normalizePassword,
  PASSWORD_ADVICE,
  type PasswordFault,
  passwordFaults,
} from '../../provider/core/password.ts';
import { passwordLength } from '../../provider/flows/password-length.ts';

const commonWords = weakWords('config/weak-words.txt');
const rules = { minLength: 8, maxLength: 128, commonWords };
const kati = {
  username: 'szilvasi.kata',
  email: 'kata61@posta.hu',
  serviceNames: ['Ügyfélkapu', 'Ügyfélkapu+'],
};
const faultsOf = (password: string) => passwordFaults(password, kati, rules);

/** Nothing that a rule looks for: random letters. */
const strong = fc.string({ unit: fc.constantFrom(...'bdfghjkmnprstvwxz37'), minLength: 14, maxLength: 60 });

describe('accepted', () => {
  it.each([
    'korrekt ló elem kapocs',
    'csendes-tavaszi-erdő',
    'x7Kq92pL',
    'zöld szék a padlón',
    '🐎🐑🐄🐖🐓🦆🐈🐕',
    'kutya a kertben macskával 7',
    'Szilvási Kata kertjében három barack',
    ' vezető és záró szóköz ',
  ])('%s', (password) => {
    expect(faultsOf(password)).toEqual([]);
  });

  it('any random password of fourteen characters or more, whatever is in it', () => {
    fc.assert(fc.property(strong, (password) => faultsOf(password).length === 0));
  });
});

describe('refused with the reason', () => {
  it.each<[string, PasswordFault[]]>([
    ['aB3$k9', ['too-short']],
    ['🐎🐑🐄🐖🐓🦆🐈', ['too-short']],
    ['x'.repeat(129), ['password-too-long']],
    ['Szilvasi.Kata1', ['contains-own-name']],
    ['szilvásikata', ['contains-own-name']],
    ['5z1lv4s1!', ['contains-own-name']],
    ['isavlizs1961', ['contains-own-name']],
    ['kata61@posta.hu', ['contains-own-name']],
    ['ugyfelkapu1', ['contains-service-name']],
    ['ÜGYFÉLKAPU+', ['contains-service-name']],
    ['Ügyfélkapu2026', ['contains-service-name']],
    ['upakleFygu', ['contains-service-name']],
    ['Szeretlek1', ['common-password']],
    ['Budapest2024!', ['common-password']],
    ['B u d a p e s t', ['common-password']],
    ['m4cska77', ['common-password']],
    ['KUTYAKUTYA', ['common-password']],
    ['tsepadub1', ['common-password']],
    ['P4ssw0rd!', ['common-password']],
    ['1q2w3e4r', ['common-password']],
    ['qwertz12', ['predictable-password']],
    ['abcd1234', ['predictable-password']],
    ['aaaaaaaa', ['predictable-password']],
    ['xK9!xK9!', ['predictable-password']],
    ['1961.03.12.', ['predictable-password']],
    ['06 30 123 4567', ['predictable-password']],
  ])('%s', (password, faults) => {
    expect(faultsOf(password)).toEqual(faults);
  });

  it('every common word, in capitals, with a mark and a digit, is too near to it', () => {
    const words = fc
      .constantFrom(...commonWords)
      .filter((word) => word.length >= 8 && /^\p{L}+$/u.test(word));
    fc.assert(fc.property(words, (word) => faultsOf(`${word.toUpperCase()}!7`).length > 0));
  });

  it('a name with a year is as easy to guess as the name', () => {
    const years = fc.integer({ min: 1930, max: 2030 });
    fc.assert(fc.property(years, (year) => faultsOf(`szilvasi${year}`).includes('contains-own-name')));
  });
});

describe('length (63B 3.1.1.2)', () => {
  it('each code point counts as one, whatever it takes to store it', () => {
    const horses = (count: number) => '🐎🐑🐄🐖🐓🦆🐈🐕'.slice(0, count * 2);
    expect(faultsOf(horses(7))).toContain('too-short');
    expect(faultsOf(horses(8))).toEqual([]);
  });

  it('fifteen where portals accept level low', () => {
    const strict = { ...rules, minLength: 15 };
    expect(passwordFaults('x7Kq92pLmw3Tz8', kati, strict)).toEqual(['too-short']);
    expect(passwordFaults('x7Kq92pLmw3Tz8q', kati, strict)).toEqual([]);
  });

  it('128 are allowed', () => {
    const long = 'x7Kq92pLmw3Tz8q.'.repeat(8);
    expect(faultsOf(long.replace(/.$/, 'z'))).toEqual([]);
    expect(faultsOf(`${long}x`)).toEqual(['password-too-long']);
  });
});

describe('what is hashed', () => {
  it('is the same however the letters are composed (NFKC)', () => {
    expect(normalizePassword('u\u0308gy')).toBe(normalizePassword('ügy'));
  });

  it('is whole: another last character is another password', () => {
    fc.assert(fc.property(strong, (text) => normalizePassword(`${text}a`) !== normalizePassword(`${text}b`)));
  });
});

describe('advice', () => {
  const advise = passwordAdviser('config/weak-words.txt', (error) => {
    throw error;
  });

  it.each([
    ['qwertz12', 'straightRow'],
    ['abcd1234', 'sequences'],
    ['aaaaaaaa', 'simpleRepeat'],
    ['kutyakutya', 'extendedRepeat'],
    ['1961.03.12.', 'dates'],
    ['P4ssw0rd!', 'l33t'],
    ['tsepadub1', 'reverseWords'],
  ])('%s: %s', async (password, advice) => {
    expect(await advise(password)).toContain(advice);
  });

  it('has words for whatever is typed, and nothing about capitals or marks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (password) =>
        (await advise(password)).every((advice) => PASSWORD_ADVICE.includes(advice)),
      ),
      { numRuns: 20 },
    );
  });
});

describe('the shortest password', () => {
  const acrValues = { low: 'low', substantial: 'high' };
  const portal = (status: 'active' | 'disabled', floor: string, more = {}) => ({
    ...newClientRecord({ client_id: `${status} ${floor}`, default_acr_values: [floor], ...more }, 0),
    status,
  });
  let portals: ClientRecord[] = [];
  let now = 0;
  const clients = { list: async () => portals };
  const lengths = { alone: 15, withCode: 8 };
  const least = passwordLength({ clients, clock: { now: () => now } }, acrValues, lengths);

  it('follows the portals in use, within a minute', async () => {
    portals = [
      portal('active', 'high'),
      portal('disabled', 'low'),
      portal('active', 'low', { resource_scopes: {} }),
      portal('active', 'low', { test_owners: ['somebody'] }),
    ];
    expect(await least()).toBe(8);
    portals = [...portals, portal('active', 'low')];
    now += 60_000;
    expect(await least()).toBe(15);
  });

  it('is what the operator has decided', async () => {
    const decided = passwordLength({ clients, clock: { now: () => 0 } }, acrValues, {
      ...lengths,
      decided: 10,
    });
    expect(await decided()).toBe(10);
  });
});
