/** What flows know of an interaction: a person on the way from a portal, or a page of ours, and back. */
import type { Origin } from '../core/event.ts';
import type { Demand, Outcome } from '../core/sign-in.ts';

/** One interaction of oidc-provider, as far as a flow needs to know it. */
export interface InteractionRef {
  readonly uid: string;
  readonly demand: Demand;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** A goal comes after a login that was written down when it happened. */
export const isLogin = ({ demand }: InteractionRef): boolean => demand.goal === undefined;

export const loginEvent = ({ level }: Outcome, at: number, origin: Origin) =>
  ({ kind: 'login', at, level, ...origin }) as const;
