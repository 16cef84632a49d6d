/** What has happened in one interaction so far, as it is kept between requests. */
import type { Language, Sealed } from './account.ts';
import type { VerifiedFactor } from './assurance.ts';
import type { Purpose } from './goals.ts';

/** How a person chooses to log in: with a password, or with a password and a code. */
export const METHODS = ['password', 'totp'] as const;
export type Method = (typeof METHODS)[number];

export function asMethod(text: unknown): Method | undefined {
  return METHODS.find((method) => method === text);
}

/** An authenticator on its way to being bound; nothing of it counts before it is. */
export interface PendingAuthenticator {
  readonly id: string;
  readonly secret: Sealed;
  /** Set when the password and the new device's code were right. `timeStep` is spent when the device is bound. */
  readonly paired?: { readonly at: number; readonly timeStep: number; readonly name: string };
}

export interface Facts {
  readonly accountId?: string;
  readonly verified: readonly VerifiedFactor[];
  readonly method?: Method;
  readonly language?: Language;
  /** The id of the authenticator whose place the pending one is to take. */
  readonly replaces?: string;
  readonly pending?: PendingAuthenticator;
  /** A deletion code that was shown and does not count yet. */
  readonly deletionCode?: { readonly id: string; readonly sealed: Sealed };
  /** What was bound or issued in this interaction; not `acknowledged` until the person goes on from the success page. */
  readonly achieved?: { readonly purpose: Purpose; readonly acknowledged: boolean };
  /** The login stands in the account's history: it was written with its last proof. */
  readonly written?: true;
  /** The client of an interaction that is over. */
  readonly finishedFor?: string;
}

export const NO_FACTS: Facts = { verified: [] };
