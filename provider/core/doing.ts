/** A change that somebody makes to what is not their own. */
import type { Actor } from './actor.ts';
import type { Origin } from './event.ts';

/** Who changes, from where, and why if they say so. */
export interface Doing {
  readonly by: Actor;
  readonly why?: string;
  readonly origin?: Origin;
}

/** What an account's history says of it, beside what and when. */
export type Circumstances = Partial<Origin> & { readonly by?: Actor; readonly why?: string };

export function circumstances({ by, why, origin }: Doing): Circumstances & { readonly by: Actor } {
  return { by, ...origin, ...(why !== undefined && why !== '' && { why }) };
}
