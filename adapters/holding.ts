/** What an engine met on its walk, as the commit that makes it anew. */
import type { Holding, Key, Write } from './store.ts';

export interface Member {
  readonly member: string;
  readonly expiresAt?: number | undefined;
}

export function heldDocument({ partition, name }: Key, value: unknown, expiresAt?: number): Holding {
  return { partition, writes: [{ kind: 'put', name, value, ...until(expiresAt) }] };
}

export function heldMembers({ partition, name: set }: Key, members: readonly Member[]): Holding {
  const writes = members.map(
    ({ member, expiresAt }): Write => ({ kind: 'add', set, member, ...until(expiresAt) }),
  );
  return { partition, writes };
}

/** `values` with the oldest first; the tip as of the same moment, where the engine keeps it with them. */
export function heldStream(
  { partition, name: stream }: Key,
  values: readonly unknown[],
  tip?: Holding,
): Holding {
  const keep = values.length;
  const entries = values.map((value): Write => ({ kind: 'append', stream, value, keep }));
  return { partition, writes: [...(tip?.writes ?? []), ...entries] };
}

function until(expiresAt: number | undefined): { expiresAt?: number } {
  return expiresAt === undefined ? {} : { expiresAt };
}
