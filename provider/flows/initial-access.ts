/** Initial access tokens (RFC 7591 §1.2): an admin's leave for one piece of software to register one client. */
import type { Agreement } from '../core/client.ts';
import type { Doing } from '../core/doing.ts';
import { HOUR_MS } from '../core/duration.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { Clock, InitialAccessTokens, IssuedAccess, Journal } from './ports.ts';

export const LONGEST_ACCESS_HOURS = 30 * 24;
const HOST = /^(?!-)[a-z\d.-]{1,253}$|^\[[\da-f:.]+\]$/;
/** How a portal may come by tokens. */
const GRANT_TYPES: readonly string[] = ['authorization_code', 'refresh_token'];

export interface WantedAccess extends Agreement {
  /** Until it expires, 1 to {@link LONGEST_ACCESS_HOURS}. */
  readonly hours: number;
}

export type Issued =
  | { readonly ok: true; readonly token: string; readonly access: IssuedAccess }
  | { readonly ok: false; readonly because: 'invalid-agreement'; readonly detail: string };

export type InitialAccess = ReturnType<typeof initialAccess>;

export interface InitialAccessPorts {
  readonly initialAccessTokens: InitialAccessTokens;
  readonly journal: Journal;
  readonly clock: Clock;
}

export function initialAccess(
  { initialAccessTokens: tokens, journal, clock }: InitialAccessPorts,
  { scopes }: { readonly scopes: readonly string[] },
) {
  function noted(kind: JournalEntry['kind'], { by, origin }: Doing): Promise<void> {
    const from = origin?.address === undefined ? {} : { address: origin.address };
    return journal.append({ kind, at: clock.now(), by, ...from });
  }

  return {
    /** The token is shown this once. */
    async issue({ hours, ...agreement }: WantedAccess, doing: Doing): Promise<Issued> {
      const detail = faultOf(agreement, hours, scopes);
      if (detail !== undefined) return { ok: false, because: 'invalid-agreement', detail };
      const issuedAt = clock.now();
      const access = { agreement, issuedAt, expiresAt: issuedAt + hours * HOUR_MS };
      const { token, id } = await tokens.issue(access);
      await noted('token-issued', doing);
      return { ok: true, token, access: { ...access, id } };
    },

    /** Those that may still be used. */
    list: (): Promise<IssuedAccess[]> => tokens.list(),

    /** Answers false for an unknown, spent or expired one. A client that it registered stays. */
    async withdraw(id: string, doing: Doing): Promise<boolean> {
      const withdrawn = await tokens.withdraw(id);
      if (withdrawn) await noted('token-withdrawn', doing);
      return withdrawn;
    },
  };
}

function faultOf(
  { scopes, hosts, grantTypes }: Agreement,
  hours: number,
  known: readonly string[],
): string | undefined {
  const strangeScope = scopes.find((scope) => !known.includes(scope));
  const strangeHost = hosts.find((host) => !HOST.test(host));
  const strangeGrant = grantTypes.find((type) => !GRANT_TYPES.includes(type));
  if (!Number.isInteger(hours) || hours < 1 || hours > LONGEST_ACCESS_HOURS)
    return `hours: a whole number from 1 to ${LONGEST_ACCESS_HOURS}`;
  if (strangeScope !== undefined) return `scopes: there is no ${strangeScope}`;
  if (!scopes.includes('openid')) return 'scopes: openid must be among them';
  if (strangeHost !== undefined) return `hosts: ${strangeHost} is no host name in small letters`;
  if (hosts.length === 0) return 'hosts: one at least';
  if (strangeGrant !== undefined) return `grant types: ${GRANT_TYPES.join(', ')} only`;
  return grantTypes.includes('authorization_code') ? undefined : 'grant types: authorization_code at least';
}
