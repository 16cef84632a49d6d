/** The token in a mailed link. It begins with the account, so that a link needs no document of its own; its hash is kept there. */
import { createHash } from 'node:crypto';
import type { Random } from './ports.ts';

const BYTES = 32;

export function newMailedToken(accountId: string, random: Random): string {
  return `${accountId}.${Buffer.from(random.bytes(BYTES)).toString('base64url')}`;
}

/** Whose it says it is; undefined for what is no token. */
export function accountNamedIn(token: string): string | undefined {
  const [accountId, secret] = token.split('.');
  return accountId && secret ? accountId : undefined;
}

/** It has 256 random bits, so a fast hash is enough (ASVS 5.0 §11.4). */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
