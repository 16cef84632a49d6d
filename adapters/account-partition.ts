/** Where all that belongs to one account lies together, so that it can share a commit. */
import type { Key } from './store.ts';

export const accountPartition = (accountId: string): string => `account:${accountId}`;

export const accountKey = (accountId: string): Key => ({
  partition: accountPartition(accountId),
  name: 'account',
});
