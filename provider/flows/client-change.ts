/** One change of one client that is registered: compare-and-set, with the version that tells of it. */
import { isNewcomer, mayPropose } from '../core/client-approval.ts';
import {
  type ClientDraft,
  type ClientRecord,
  type ClientRecordChange,
  changedClient,
  draftOf,
  type Proposal,
  type Telling,
} from '../core/client-record.ts';
import type { Doing } from '../core/doing.ts';
import type { ClientChange, Clients } from './ports.ts';

/** With `basedOn`, the revision that the changer saw, nothing happens to a client that has changed since. */
export interface ClientDoing extends Doing {
  readonly basedOn?: number;
}

export type Changed<T extends object = object> =
  | ({ readonly ok: true; readonly record: ClientRecord } & T)
  | { readonly ok: false; readonly because: 'unknown-client' }
  | { readonly ok: false; readonly because: 'invalid-metadata'; readonly detail: string }
  /** Somebody else was faster: `record` is what they made of it. */
  | { readonly ok: false; readonly because: 'changed-meanwhile'; readonly record: ClientRecord }
  | { readonly ok: false; readonly because: 'unknown-version' | 'no-secret' | 'last-secret' }
  /** Somebody else's proposal is looked at first. */
  | { readonly ok: false; readonly because: 'proposal-waiting' };

export const UNKNOWN = { ok: false, because: 'unknown-client' } as const;

/** Carries a change out, unless `decide` answers why not. */
export async function change(
  clients: Clients,
  id: string,
  decide: (record: ClientRecord) => ClientChange<Changed>,
  basedOn?: number,
): Promise<Changed> {
  const changed = await clients.update(id, (record) =>
    isStale(record, basedOn)
      ? unchanged(record, { ok: false, because: 'changed-meanwhile', record })
      : decide(record),
  );
  return changed ?? UNKNOWN;
}

export function applied(record: ClientRecord, to: ClientRecordChange, told: Telling) {
  const changed = changedClient(record, to, told);
  return { ...changed, result: { ok: true, record: changed.record } } as const;
}

/**
 * Puts something before somebody else: a draft, else what the client is. A registration that was not approved yet stays
 * one.
 */
export function suggested(
  record: ClientRecord,
  { to = draftOf(record), ...wanted }: Wanted,
  { act, ...told }: Telling,
): ClientChange<Changed> {
  const newcomer = isNewcomer(record);
  // In the place of a registration nothing else may wait: taken back, it would leave a client that nobody approved.
  if (!mayPropose(record, told.by) || (newcomer && wanted.kind === 'removal'))
    return unchanged(record, { ok: false, because: 'proposal-waiting' });
  const kind = newcomer ? 'registration' : wanted.kind;
  const proposal = { ...told, ...wanted, kind, from: draftOf(record), to };
  return applied(record, { proposal }, { act, ...told });
}

type Wanted = Pick<Proposal, 'id' | 'kind' | 'secret'> & { readonly to?: ClientDraft };

export const unchanged = (record: ClientRecord, result: Changed): ClientChange<Changed> => ({
  record,
  result,
});

export function isStale({ revision }: ClientRecord, basedOn: number | undefined): boolean {
  return basedOn !== undefined && revision !== basedOn;
}
