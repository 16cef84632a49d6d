/** The words that guessers try first, read once; `scripts/weak-words.ts` builds the file. */
import { readFileSync } from 'node:fs';

/** About 3 MB for as long as the process lives. */
export function weakWords(file: string): ReadonlySet<string> {
  return new Set(readFileSync(file, 'utf8').trim().split('\n'));
}
