/** What tells one writing of a document from every other: compare-and-set lives on it. */
import { randomBytes } from 'node:crypto';

/**
 * Of this process, from 48 random bits: two processes of one name would have to write one document, each as its so-and-so
 * many-th write, too. Drawing them anew for each write cost as much as writing.
 */
const ours = randomBytes(6).toString('base64url');
let written = 0;

/** Never used twice, by no process. */
export function newVersion(): string {
  written += 1;
  return `${ours}${written.toString(36)}`;
}
