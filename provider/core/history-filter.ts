/** Which entries of the histories somebody asks for, and which are old enough to go. */
import type { Actor } from './actor.ts';
import type { Content } from './chain.ts';
import { DAY_MS } from './duration.ts';
import { isUnreadable } from './unreadable.ts';

/** What is absent is not asked about. */
export interface HistoryFilter {
  /** Milliseconds since the epoch, from the first to before the second. */
  readonly from?: number;
  readonly to?: number;
  /** Of an event or the act of a client's version. */
  readonly kind?: string;
  readonly client?: string;
  /** Who did it, or with whose account it was done. */
  readonly account?: string;
  /** Refused: what has a reason for it. */
  readonly outcome?: 'accepted' | 'refused';
}

/** Of an entry that can't be read nobody may say that it is not what is asked for. */
export function matches(filter: HistoryFilter, content: Content, ofClient?: string): boolean {
  if (isUnreadable(content)) return true;
  const at = Number(content.at);
  const { from = at, to = at + 1, kind, client, account, outcome } = filter;
  return (
    at >= from &&
    at < to &&
    (kind === undefined || kindOf(content) === kind) &&
    (client === undefined || client === (ofClient ?? content.clientId)) &&
    (account === undefined || account === content.accountId || account === actorIn(content)) &&
    (outcome === undefined || outcome === (isRefusal(content) ? 'refused' : 'accepted'))
  );
}

/** Days by kind; a kind that is not named is kept. */
export type Retention = Readonly<Record<string, number>>;

export function isKept(retention: Retention, content: Content, now: number): boolean {
  const kind = kindOf(content);
  const days = Object.hasOwn(retention, kind) ? retention[kind] : undefined;
  return days === undefined || Number(content.at) > now - days * DAY_MS;
}

const actorIn = ({ by }: Content): unknown => (by as Partial<Actor> | undefined)?.id;
const kindOf = ({ kind, act }: Content): string => String(kind ?? act);
const isRefusal = (content: Content) => content.because !== undefined || /-refused$/.test(kindOf(content));
