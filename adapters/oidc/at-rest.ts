/** How oidc-provider's documents lie at rest. */
import { hash } from 'node:crypto';
import { MINUTE_MS } from '../../provider/core/duration.ts';
import type { Key } from '../store.ts';

/** What stands in for a removed document, so that a slower request can't bring it back. */
export interface Tombstone {
  readonly tombstone: true;
}

/** How long one stands, in milliseconds: longer than any request is in flight. */
export const TOMBSTONE_MS = 10 * MINUTE_MS;

export function isTombstone<T extends object>(stored: T | Tombstone): stored is Tombstone {
  return 'tombstone' in stored;
}

/** An id that is a bearer token is never stored, only this. */
export function hashedId(id: string): string {
  return hash('sha256', id, 'base64url');
}

/** Where a model's document lies. */
export const modelKey = (model: string, id: string): Key => ({
  partition: `${model}:${hashedId(id)}`,
  name: 'payload',
});
