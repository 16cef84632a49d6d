/** What stands in a history in place of an entry that a damaged disk left unreadable. Nobody loses the others with it. */

import { isMoment } from './history-line.ts';

/** Of such an entry nothing is known but that it was there. */
export interface Unreadable {
  readonly kind: 'unreadable';
}

export const UNREADABLE: Unreadable = { kind: 'unreadable' };

export const isUnreadable = (entry: object): entry is Unreadable =>
  'kind' in entry && entry.kind === UNREADABLE.kind;

/** Everything that is told in a history has its time: what has none was never written by us. */
export const isTold = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'at' in value && isMoment(value.at);
