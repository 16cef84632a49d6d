/**
 * What this process knows of documents that it wrote or read before: which others are wanted with them. A hint only lets
 * them be asked for at once; all are read anew and nothing is decided by it, so a wrong one costs a read in vain.
 */
import { type Newest, newest } from './newest.ts';

export const hints = <T>(): Newest<T> => newest<T>();
