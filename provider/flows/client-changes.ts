/**
 * Changing clients that are registered: every change is a version, and each takes effect on all instances at once, unless
 * somebody else has to approve it first (`client-approval.ts`).
 */
import type { ClientMetadata } from '../core/client.ts';
import { type ApprovalRule, isNewcomer, isOwnNewcomer, needsApproval } from '../core/client-approval.ts';
import {
  type ClientAct,
  type ClientDraft,
  type ClientRecord,
  changedClient,
  draftOf,
  type Proposal,
  telling,
  tokensEnded,
  VERSIONS_KEPT,
  withoutPresented,
} from '../core/client-record.ts';
import type { Doing } from '../core/doing.ts';
import {
  applied,
  type Changed,
  type ClientDoing,
  change,
  isStale,
  suggested,
  UNKNOWN,
  unchanged,
} from './client-change.ts';
import { type MetadataFault, needsSecret } from './clients.ts';
import type { ClientChange, Clients, Clock, Random } from './ports.ts';

export interface ClientChangesPorts {
  readonly clients: Clients;
  readonly random: Random;
  readonly clock: Clock;
  /** What stands against a client's metadata. */
  readonly faultOf: MetadataFault;
}

export type ClientChanges = ReturnType<typeof clientChanges>;

export interface ClientEdit {
  readonly state: Partial<ClientDraft>;
  /** The revision that the changer saw: nothing of somebody else's is lost. */
  readonly basedOn: number;
}

export function clientChanges(
  { clients, random, clock, faultOf }: ClientChangesPorts,
  approval: ApprovalRule,
) {
  const told = (act: ClientAct, doing: Doing) => telling(act, doing, clock.now());

  function suggest(record: ClientRecord, to: ClientDraft, kind: Proposal['kind'], doing: Doing) {
    return suggested(record, { id: random.id(), kind, to }, told('proposed', doing));
  }

  function carryOut(record: ClientRecord, to: ClientDraft, act: 'edited' | 'restored', doing: Doing) {
    if (needsApproval(approval, [draftOf(record), to], doing.by)) return suggest(record, to, 'edit', doing);
    return applied(record, { ...to, ...tokensEnded(record, to, clock.now()) }, told(act, doing));
  }

  async function decideEdit(
    id: string,
    { state, basedOn }: ClientEdit,
    decide: (record: ClientRecord, to: ClientDraft) => ClientChange<Changed>,
  ): Promise<Changed> {
    const known = await clients.record(id);
    if (!known) return UNKNOWN;
    const metadata = withoutPresented({ ...(state.metadata ?? known.metadata), client_id: id });
    const detail = await faultOf(withPlaceholder(metadata), state.test ?? known.test);
    if (detail !== undefined) return { ok: false, because: 'invalid-metadata', detail };
    return change(clients, id, (record) =>
      record.revision === basedOn
        ? decide(record, { ...draftOf(record), ...state, metadata })
        : unchanged(record, { ok: false, because: 'changed-meanwhile', record }),
    );
  }

  const edit = (id: string, wanted: ClientEdit, doing: Doing): Promise<Changed> =>
    decideEdit(id, wanted, (record, to) => carryOut(record, to, 'edited', doing));

  /** An edit that is somebody else's to approve, whatever the rule says. */
  const propose = (id: string, wanted: ClientEdit, doing: Doing): Promise<Changed> =>
    decideEdit(id, wanted, (record, to) => suggest(record, to, 'edit', doing));

  /** Nobody logs in at it and none of its tokens works, from the next request on. */
  function disable(id: string, doing: ClientDoing): Promise<Changed> {
    return change(
      clients,
      id,
      (record) =>
        record.status === 'disabled'
          ? unchanged(record, { ok: true, record })
          : applied(record, { status: 'disabled' }, told('disabled', doing)),
      doing.basedOn,
    );
  }

  /** What was given before it was disabled stays dead. One that was never approved waits for that. */
  function enable(id: string, doing: ClientDoing): Promise<Changed> {
    const reopened = (record: ClientRecord): ClientChange<Changed> => {
      if (record.status === 'active') return unchanged(record, { ok: true, record });
      if (isNewcomer(record)) return unchanged(record, { ok: false, because: 'proposal-waiting' });
      return applied(record, { status: 'active', grantsSince: clock.now() }, told('enabled', doing));
    };
    return change(clients, id, reopened, doing.basedOn);
  }

  /** Makes what a client was at an older revision what it is; its secrets and whether it is disabled stay. */
  async function restore(id: string, revision: number, doing: ClientDoing): Promise<Changed> {
    const versions = await clients.versions(id, { limit: VERSIONS_KEPT });
    const older = versions.find(({ version }) => version?.revision === revision)?.version?.is;
    if (!older) return { ok: false, because: 'unknown-version' };
    const detail = await faultOf(withPlaceholder(older.metadata), older.test);
    if (detail !== undefined) return { ok: false, because: 'invalid-metadata', detail };
    const to = { ...draftOf(older), reasons: older.reasons ?? {} };
    return change(clients, id, (record) => carryOut(record, to, 'restored', doing), doing.basedOn);
  }

  /** For good; what it was stays in its versions. With a proposal in the record that is answered, it waits. */
  async function remove(id: string, doing: ClientDoing): Promise<Changed> {
    const record = await clients.record(id);
    if (!record) return UNKNOWN;
    const waits = (one: ClientRecord) =>
      needsApproval(approval, [draftOf(one)], doing.by) && !isOwnNewcomer(one, doing.by);
    if (waits(record))
      return change(
        clients,
        id,
        (newest) => suggest(newest, draftOf(newest), 'removal', doing),
        doing.basedOn,
      );
    const removed = await clients.remove(id, (last) =>
      isStale(last, doing.basedOn) || waits(last)
        ? undefined
        : changedClient(last, {}, told('removed', doing)).version,
    );
    if (removed) return { ok: true, record: withoutProposal(record) };
    const left = await clients.record(id);
    return left ? { ok: false, because: 'changed-meanwhile', record: left } : UNKNOWN;
  }

  return { edit, propose, disable, enable, restore, remove };
}

function withoutProposal({ proposal: _, ...record }: ClientRecord): ClientRecord {
  return record;
}

/** The library wants a secret where one is used; the real ones are no part of what is checked. */
function withPlaceholder(metadata: ClientMetadata): ClientMetadata {
  return needsSecret(metadata) ? { ...metadata, client_secret: 'kept elsewhere' } : metadata;
}
