/** The worker's side of the advice on passwords: a tenth of a second to begin with, and some 20 MB. */
import { workerData } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs } from '@zxcvbn-ts/language-common';
import { weakWords } from './weak-words.ts';

/** The time it takes grows with the square of the length, up to some 50 ms at this one. */
const LOOKED_AT = 32;

const { wordsFile } = workerData as { readonly wordsFile: string };
const estimator = new ZxcvbnFactory({
  dictionary: { commonWords: [...weakWords(wordsFile)] },
  graphs: adjacencyGraphs,
  maxLength: LOOKED_AT,
});

/** What zxcvbn says of a password, by the names of its texts. */
export default function found(password: string): string[] {
  const { warning, suggestions } = estimator.check([...password].slice(0, LOOKED_AT).join('')).feedback;
  return [...(warning ? [warning] : []), ...suggestions];
}
