/**
 * A link in a mail by which a person chooses a password: the first one, or a new one for a forgotten one. It lies in
 * the account, so that only the newest counts and that it is spent in the very change that sets the password.
 */
export type LinkPurpose = 'activation' | 'reset';

/** All times are milliseconds since the epoch. */
export interface PasswordLink {
  readonly purpose: LinkPurpose;
  /** SHA-256 of the token, which has 256 random bits: a slow hash would protect nothing. */
  readonly tokenHash: string;
  readonly expiresAt: number;
  /** Until then whoever has an expired link, or the mailbox, gets a new one. */
  readonly renewableUntil?: number;
}

/** As much of an account as a link depends on. */
interface Linked {
  readonly status: string;
  readonly password?: object;
  readonly passwordLink?: PasswordLink;
  readonly addressWaitsUntil?: number;
}

/** Whether `tokenHash` is that of the link that counts, however old. */
export function isLinkOf(account: Linked, purpose: LinkPurpose, tokenHash: string): boolean {
  const { passwordLink, status } = account;
  return status === 'active' && passwordLink?.purpose === purpose && passwordLink.tokenHash === tokenHash;
}

/** Whether a password may be chosen by it now. */
export function linkCounts(account: Linked, purpose: LinkPurpose, tokenHash: string, now: number): boolean {
  return isLinkOf(account, purpose, tokenHash) && (account.passwordLink?.expiresAt ?? 0) > now;
}

/** What kind of link a mailbox may ask for: whoever has never had a password is still on the way in. */
export function linkDue(account: Linked, now: number): LinkPurpose | undefined {
  const { password, passwordLink, status } = account;
  if (status !== 'active' || addressWaits(account, now)) return undefined;
  if (password) return 'reset';
  return (passwordLink?.renewableUntil ?? 0) > now ? 'activation' : undefined;
}

/** The address of somebody with a password is so new that a link there could be a thief's. */
export function addressWaits({ password, addressWaitsUntil = 0 }: Linked, now: number): boolean {
  return password !== undefined && addressWaitsUntil > now;
}
