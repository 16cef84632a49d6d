/**
 * Limits and lifetimes that people, portals and auditors ask for, each with its source; they are handed to what goes by
 * them. What an operator may change is in `env.ts`. What is part of a rule stands with the rule in `core/`, and what only
 * its own file could say more of (how often it looks, how much it reads at once) stands there.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../provider/core/duration.ts';
import type { EventKind } from '../provider/core/event.ts';
import type { Retention } from '../provider/core/history-filter.ts';
import type { KeySchedule } from '../provider/core/signing-key.ts';
import type { CrowdRule, ThrottleRule } from '../provider/core/throttle.ts';
import type { CodeLimits } from '../provider/core/totp.ts';

/** NIST SP 800-63B-4 §3.1.1.2, where a password is all that is asked, and where a code comes after it. */
export const PASSWORD_MIN_LENGTH = { alone: 15, withCode: 8 } as const;

/** NIST SP 800-63B-4 §3.1.1.2: 64 allowed at least. */
export const PASSWORD_MAX_LENGTH = 128;

/** The pause is `product.md`'s; four slips cost nothing, a guesser gets ten tries in about sixteen minutes. */
export const PASSWORD_PER_ACCOUNT: ThrottleRule = {
  freeTries: 4,
  firstDelayMs: 2 * SECOND_MS,
  pauseAfter: 10,
  pauseMs: 15 * MINUTE_MS,
  forgetAfterMs: 24 * HOUR_MS,
};

/** An office or a mobile network behind one address has room: right passwords don't count, ninety wrong ones pause. */
export const PASSWORD_PER_ADDRESS: CrowdRule = { limit: 90, windowMs: 15 * MINUTE_MS };

/** Links by mail: how often one may be asked for by one name and mailbox, and from one network address. */
export const LINK_PER_ACCOUNT: ThrottleRule = {
  freeTries: 3,
  firstDelayMs: 1 * MINUTE_MS,
  pauseAfter: 6,
  pauseMs: 1 * HOUR_MS,
  forgetAfterMs: 24 * HOUR_MS,
};
export const LINK_PER_ADDRESS: CrowdRule = { limit: 50, windowMs: 15 * MINUTE_MS };

/** How long a link in a mail is good (`product.md`), and an expired activation link for a new one. */
export const LINK_LIFETIME_MS = { reset: 60 * MINUTE_MS, activation: 5 * 24 * HOUR_MS } as const;
export const ACTIVATION_RENEWABLE_MS = 60 * 24 * HOUR_MS;

/** Five wrong codes, then a pause (`product.md`); a hundred in a row lock the factor (NIST SP 800-63B-4 §3.2.2). */
export const CODE_LIMITS: CodeLimits = { pauseAfter: 5, pauseMs: 15 * MINUTE_MS, maxInARow: 100 };

/** A deletion code can't be guessed (80 bits): this spares the hasher and tells the owner. */
export const DELETION_CODE_LIMIT: ThrottleRule = {
  freeTries: 4,
  firstDelayMs: 2 * SECOND_MS,
  pauseAfter: 5,
  pauseMs: 15 * MINUTE_MS,
  forgetAfterMs: 24 * HOUR_MS,
};

/** How old a login may be before a change of what protects the account (`product.md`), in seconds. */
export const FRESH_SECONDS = 5 * 60;

/** Five tries at a million codes; whoever has codes sent to a stranger's address is soon stopped. */
export const EMAIL_CHANGE = {
  codeLifetimeMs: 30 * MINUTE_MS,
  tries: 5,
  requests: {
    freeTries: 4,
    firstDelayMs: 1 * MINUTE_MS,
    pauseAfter: 6,
    pauseMs: 1 * HOUR_MS,
    forgetAfterMs: 24 * HOUR_MS,
  },
} as const;

/** Days, of what `kapu history trim` drops; every other kind is kept: who changed what protects an account, and clients. */
export const HISTORY_RETENTION: Retention = {
  'access-refused': 400,
  'code-accepted': 400,
  'code-refused': 400,
  'data-downloaded': 400,
  'deletion-code-refused': 400,
  login: 400,
  logout: 400,
  'other-sessions-ended': 400,
  'password-refused': 400,
  'session-ended': 400,
} satisfies Partial<Record<EventKind, number>>;

/** How often an instance looks for accounts that are to be erased. */
export const SWEEP_EVERY_MS = 1 * MINUTE_MS;

/** Test clients, which anybody may register without asking. */
export const TEST_CLIENTS = { most: 5, perDay: { limit: 10, windowMs: DAY_MS } } as const;

/** Lifetimes in seconds. */
export const LIFETIME = {
  /** RFC 9700 and FAPI 2.0 §5.3.1.1: at most 60. */
  authorizationCode: 60,
  accessToken: 10 * 60,
  /** Nobody can take it back: whoever reads it asks nobody. */
  jwtAccessToken: 5 * 60,
  idToken: 10 * 60,
  /** Absolute: rotation does not renew it. */
  refreshToken: 14 * 24 * 3600,
  pushedAuthorizationRequest: 60,
  /** An hour, since enrolment includes installing an app and nobody may be hurried (WCAG 2.2 §2.2.1). */
  interaction: 3600,
  /** As long as the longest token that hangs on it: every login begins it anew. */
  grant: 14 * 24 * 3600,
} as const;

/** What the outbox delivers: how often it tries, how long a try may take, and how many it makes at once. */
export const MAIL_DELIVERY = {
  retry: { firstDelayMs: 30 * SECOND_MS, longestDelayMs: 30 * MINUTE_MS },
  giveUpAfterMs: 24 * HOUR_MS,
  deadlineMs: 60 * SECOND_MS,
  handsPerLane: 1,
  hands: 4,
} as const;

/** A portal is given a day to come back; the library itself ends a try after 2.5 seconds. */
export const LOGOUT_DELIVERY = {
  retry: { firstDelayMs: 5 * SECOND_MS, longestDelayMs: 15 * MINUTE_MS },
  giveUpAfterMs: 24 * HOUR_MS,
  deadlineMs: 10 * SECOND_MS,
  handsPerLane: 2,
  hands: 64,
} as const;

/** How long portals may keep the key set: a key that leaked is trusted for so much longer. */
export const JWKS_CACHE_SECONDS = 15 * 60;

/**
 * `rotationDays` 0: no key rotates by itself. A new key waits for a day, since libraries of portals keep a key set for that long
 * whatever they are told; an old one stays for as long as a portal may show what it signed as a hint (OpenID Connect
 * Core §3.1.2.1): the life of a session or of a refresh token, and a day.
 */
export function keySchedule(rotationDays: number, sessionSeconds: number): KeySchedule {
  const longest = Math.max(sessionSeconds, LIFETIME.refreshToken) * SECOND_MS;
  return {
    rotateAfterMs: rotationDays === 0 ? Number.POSITIVE_INFINITY : rotationDays * DAY_MS,
    publishedMs: DAY_MS,
    retiredMs: longest + DAY_MS,
  };
}

/** How long a password may wait for a hashing thread: nobody looks at an unmoving page for longer than that. */
export const HASH_PATIENCE = {
  keepOutMs: 1 * SECOND_MS,
  turnAwayMs: 2 * SECOND_MS,
  refuseMs: 3 * SECOND_MS,
} as const;

/** How long a page of a login may wait for its turn in the event loop. An office behind one address is many people. */
export const TURN_PATIENCE = {
  crowdingMs: 0.5 * SECOND_MS,
  openingMs: 2 * SECOND_MS,
  typedMs: 10 * SECOND_MS,
} as const;

/** How long the browser keeps, sealed, what was typed by somebody who was asked to wait. */
export const WAITING_KEPT_MS = 15 * MINUTE_MS;

/** Requests that the server makes for a portal: its keys, its sector document, its logout (ASVS 5.0 §13.2). */
export const OUTGOING = {
  maxBytes: 64 * 1024,
  timeoutMs: 5 * SECOND_MS,
  keepMs: 30 * SECOND_MS,
  keepFailedMs: 5 * SECOND_MS,
} as const;

/** Addresses, in characters, and what is pushed in place of one, in bytes. */
export const LONGEST_TARGET = 8_192;

/**
 * What an authorization request may hold, in bytes, without what an address needs to write them: it is kept for as long
 * as the interaction, and strangers begin many.
 */
export const LONGEST_REQUEST = 4_096;

/** Form bodies, in bytes. The largest honest form is well under a kilobyte. */
export const FORM_LIMIT = 16 * 1024;

/** A form with a logo, in bytes: a square of 512 pixels as PNG is well below. */
export const UPLOAD_LIMIT = 300 * 1024;

/** What one program may ask of the Admin API: enough to walk through all accounts in an hour, not to try out a list of names. */
export const ADMIN_API_RATE = {
  read: { limit: 600, windowMs: 1 * MINUTE_MS },
  write: { limit: 120, windowMs: 1 * MINUTE_MS },
} as const satisfies Readonly<Record<string, CrowdRule>>;
