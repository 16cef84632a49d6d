/**
 * What a request knows of a few documents, kept for the one that its redirect leads to: who is sent from a form to the
 * next page comes back at once, mostly to the process that has just written what that page is about. The browser carries
 * a ticket, so nobody is served with what an earlier answer left. Each document is taken once and is a second old at
 * most: it tells no more than a page that loads slowly. Whoever decides by it writes with compare-and-set, or reads anew.
 */
import { type Entry, type Key, keyText } from './store.ts';

/** Undefined in `entry`: there is no such document. */
export interface Known {
  readonly entry: Entry<unknown> | undefined;
}

export interface HandedOver {
  leave(ticket: string, key: Key, known: Known): void;
  take(ticket: string, key: Key): Known | undefined;
}

const KEPT_MS = 1_000;

const placeOf = (ticket: string, key: Key) => `${ticket}\u0000${keyText(key)}`;

/** `now` in milliseconds, of a clock that only goes forward. */
export function handedOver(now: () => number = () => performance.now()): HandedOver {
  const kept = new Map<string, Known & { readonly until: number }>();

  /** The oldest come first. */
  function forgetOld(): void {
    for (const [place, { until }] of kept) {
      if (until > now()) return;
      kept.delete(place);
    }
  }

  return {
    leave(ticket, key, { entry }) {
      forgetOld();
      const place = placeOf(ticket, key);
      kept.delete(place);
      kept.set(place, { entry, until: now() + KEPT_MS });
    },
    take(ticket, key) {
      const place = placeOf(ticket, key);
      const known = kept.get(place);
      kept.delete(place);
      return known && known.until > now() ? known : undefined;
    },
  };
}
