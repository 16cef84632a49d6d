/**
 * Builds `config/weak-words.txt`: what guessers try first, as `plainWord` spells it, one a line, in order.
 *
 *   npm run weak-words -- small_hu.msgpack.gz
 *
 * The argument is the Hungarian list of the Python package wordfreq (`pip download --no-deps wordfreq`, then unzip
 * `wordfreq/data/small_hu.msgpack.gz`); the English lists are those of @zxcvbn-ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';
import { type PasswordRules, passwordFaults, plainWord } from '../provider/core/password.ts';

const TARGET = 'config/weak-words.txt';
const COUNTS = { passwords: 35_000, commonWords: 6_000, lastnames: 3_000, hungarian: 20_000 };
/** Shorter ones are reached by the rule for names and runs, or are too short with anything around them. */
const LEAST_LETTERS = 4;
/** What a frequency list of written Hungarian has too far down. */
const HUNGARIAN_PASSWORDS = ['jelszo', 'jelszavam', 'belepes', 'szeretlek', 'kiskutya', 'kiscica', 'titkos'];

/** wordfreq's format "cB": arrays of words, the most frequent first, after a header whose own words are three. */
function wordsOfFrequencyList(file: string): string[] {
  return [...stringsIn(gunzipSync(readFileSync(file)))].slice(3);
}

/** The strings of a msgpack document, in order. Of everything else only arrays and small numbers occur. */
function* stringsIn(bytes: Buffer): Generator<string> {
  for (let at = 0; at < bytes.length; ) {
    const { head, length = 0, isString } = itemAt(bytes, at);
    if (isString) yield bytes.subarray(at + head, at + head + length).toString();
    at += head + length;
  }
}

function itemAt(bytes: Buffer, at: number): { head: number; length?: number; isString?: true } {
  const type = bytes[at] ?? 0;
  if ((type & 0xe0) === 0xa0) return { head: 1, length: type & 0x1f, isString: true };
  if (type === 0xd9) return { head: 2, length: bytes[at + 1] ?? 0, isString: true };
  return { head: type === 0xdc ? 3 : 1 };
}

const [hungarianList] = process.argv.slice(2);
if (hungarianList === undefined) throw new Error('usage: npm run weak-words -- small_hu.msgpack.gz');

const candidates = [
  ...HUNGARIAN_PASSWORDS,
  ...wordsOfFrequencyList(hungarianList).slice(0, COUNTS.hungarian),
  ...common['passwords-common'].slice(0, COUNTS.passwords),
  ...english['commonWords-en'].slice(0, COUNTS.commonWords),
  ...english['firstnames-en'],
  ...english['lastnames-en'].slice(0, COUNTS.lastnames),
].map(plainWord);

const words = new Set<string>();
const rules: PasswordRules = { minLength: 0, maxLength: 128, commonWords: words };
const nobody = { username: '', email: '', serviceNames: [] };
const letters = (word: string) => word.replace(/\P{L}/gu, '').length;
// Bare words first: what the rules reach from them needs no line of its own.
for (const word of candidates.toSorted((a, b) => a.length - letters(a) - (b.length - letters(b)))) {
  const short = [...word].length < LEAST_LETTERS || letters(word) === 0;
  if (!short && passwordFaults(word, nobody, rules).length === 0) words.add(word);
}
writeFileSync(TARGET, `${[...words].toSorted().join('\n')}\n`);
process.stdout.write(`${TARGET}: ${words.size} words\n`);
