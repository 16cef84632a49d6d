/** Everything that is kept about a person, for that person (GDPR articles 15 and 20). No secret and no hash is in it. */
import { type Account, type Authenticator, emailConfirmed, type Person } from '../core/account.ts';
import type { AccountEvent, RecordedEvent } from '../core/event.ts';
import { isUnreadable } from '../core/unreadable.ts';
import type { Accounts, Clock, Consent, Consents, History, LiveSession, Sessions } from './ports.ts';

export interface OwnDataPorts {
  readonly accounts: Accounts;
  readonly consents: Consents;
  readonly sessions: Sessions;
  readonly history: History;
  readonly clock: Clock;
}

/** Grows only by new members; anything else is a new number. All times are ISO 8601 in UTC. */
const OWN_DATA_FORMAT = 'kapu-own-data/1';

export type OwnDataOf = ReturnType<typeof ownData>;

/** More than the history ever holds. */
const ALL = 10_000;

export function ownData({ accounts, consents, sessions, history, clock }: OwnDataPorts) {
  return async (accountId: string) => {
    const [account, given, live, events] = await Promise.all([
      accounts.find(accountId),
      consents.of(accountId),
      sessions.of(accountId),
      history.of(accountId, ALL),
    ]);
    if (!account) throw new Error('whose data?');
    return {
      format: OWN_DATA_FORMAT,
      madeAt: time(clock.now()),
      account: accountData(account),
      person: account.person satisfies Person,
      devices: account.authenticators.map(deviceData),
      portals: given.map(consentData),
      sessions: live.map(sessionData),
      history: events.map(eventData),
    };
  };
}

const time = (at: number) => new Date(at).toISOString();
const timeOf = <Name extends string>(name: Name, at: number | undefined) =>
  at === undefined ? {} : ({ [name]: time(at) } as Record<Name, string>);

function accountData({ username, email, language, status, roles, createdAt, ...account }: Account) {
  const { password, deletionCode, emailChange } = account;
  return {
    username,
    email,
    emailConfirmed: emailConfirmed({ email, ...account }),
    mailLanguage: language,
    status,
    roles,
    createdAt: time(createdAt),
    ...timeOf('passwordChangedAt', password?.changedAt),
    ...timeOf('deletionCodeIssuedAt', deletionCode?.issuedAt),
    ...(emailChange && { unconfirmedEmail: emailChange.address }),
  };
}

function deviceData({ name, kind, boundAt, lastUsedAt }: Authenticator) {
  return { name, kind, boundAt: time(boundAt), ...timeOf('lastUsedAt', lastUsedAt) };
}

function consentData({ givenAt, ...consent }: Consent) {
  return { ...consent, givenAt: time(givenAt) };
}

function sessionData({ acr, authenticatedAt, expiresAt, portals, origin }: LiveSession) {
  return {
    acr,
    authenticatedAt: time(authenticatedAt),
    expiresAt: time(expiresAt),
    ...(origin && { address: origin.address, userAgent: origin.userAgent, begunAt: time(origin.at) }),
    portals: portals.map(({ clientId }) => clientId),
  };
}

function eventData({ cursor: _, ...event }: RecordedEvent) {
  return isUnreadable(event) ? event : readableEvent(event);
}

/** Who works for the office is the office's affair, and so is where they sit. */
function readableEvent({ at, by, address, userAgent, ...event }: AccountEvent) {
  return { at: time(at), ...(by ? { by: by.kind } : { address, userAgent }), ...event };
}
