/** A TOTP secret between its sealed form at rest and the code that a person types. */
import type { Account, Sealed } from '../core/account.ts';
import { type CodeMatch, type CodeTried, matchCode, normalizeCode } from '../core/totp.ts';
import type { SecretBox } from './ports.ts';

/** What binds a sealed secret to its owner and purpose: it opens nowhere else. */
export function secretContext(accountId: string, authenticatorId: string): string {
  return `totp:${accountId}:${authenticatorId}`;
}

export function sealedMatch(
  box: SecretBox,
  sealed: Sealed,
  context: string,
  code: string,
  now: number,
): CodeMatch {
  const secret = box.open(sealed, context);
  return secret === undefined ? { kind: 'none' } : matchCode(secret, code, now);
}

/** Holds what was typed against every authenticator of the account. Spends nothing. */
export function tryCode(box: SecretBox, account: Account, typed: string, now: number): CodeTried {
  const code = normalizeCode(typed);
  if (code === undefined) return 'malformed';
  return account.authenticators.map(({ id, secret }) => ({
    authenticatorId: id,
    match: sealedMatch(box, secret, secretContext(account.id, id), code, now),
  }));
}
