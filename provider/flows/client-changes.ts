/**
 * Changing clients that are registered: every change is a version, and each takes effect on all instances at once, unless
 * somebody else has to approve it first (`client-approval.ts`).
 */
import type { ClientMetadata } from '../core/client.ts';
import {
  type ApprovalRule,
  isNewcomer,
  isOwnNewcomer,
  mayPropose,
  needsApproval,
} from '../core/client-approval.ts';
import {
  type ClientDraft,
  type ClientRecord,
  type ClientRecordChange,
  type ClientSecret,
  type ClientVersion,
  changedClient,
  draftOf,
  type Proposal,
  tokensEnded,
} from '../core/client-record.ts';
import type { Doing } from '../core/doing.ts';
import { HOUR_MS } from '../core/duration.ts';
import { hashClientSecret, type MetadataFault, needsSecret, newSecret } from './clients.ts';
import type { ClientChange, Clients, Clock, Random } from './ports.ts';

export interface ClientChangesPorts {
  readonly clients: Clients;
  readonly random: Random;
  readonly clock: Clock;
  /** What stands against a client's metadata. */
  readonly faultOf: MetadataFault;
}

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

const UNKNOWN = { ok: false, because: 'unknown-client' } as const;
/** While one secret takes another's place. */
const SECRETS_AT_ONCE = 2;
/** As many as are kept. */
export const VERSIONS_AT_ONCE = 500;

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
  const told = (act: ClientVersion['act'], { by, why }: Doing) => ({
    act,
    at: clock.now(),
    by,
    ...(why !== undefined && why !== '' && { why }),
  });

  /** Carries a change out, unless `decide` answers why not. */
  async function change(
    id: string,
    decide: (record: ClientRecord) => ClientChange<Changed>,
    basedOn?: number,
  ): Promise<Changed> {
    const changed = await clients.update(id, (record) =>
      isStale(record, basedOn)
        ? refused(record, { ok: false, because: 'changed-meanwhile', record })
        : decide(record),
    );
    return changed ?? UNKNOWN;
  }

  function apply(record: ClientRecord, to: ClientRecordChange, version: ReturnType<typeof told>) {
    const changed = changedClient(record, to, version);
    return { ...changed, result: { ok: true, record: changed.record } } as const;
  }

  const refused = (record: ClientRecord, result: Changed): ClientChange<Changed> => ({ record, result });

  /** Puts a draft before somebody else. A registration that was not approved yet stays one. */
  function suggest(record: ClientRecord, to: ClientDraft, kind: Proposal['kind'], doing: Doing) {
    const newcomer = isNewcomer(record);
    // In the place of a registration nothing else may wait: taken back, it would leave a client that nobody approved.
    if (!mayPropose(record, doing.by) || (newcomer && kind === 'removal'))
      return refused(record, { ok: false, because: 'proposal-waiting' });
    const { act, ...version } = told('proposed', doing);
    const proposal: Proposal = {
      ...version,
      kind: newcomer ? 'registration' : kind,
      from: draftOf(record),
      to,
    };
    return apply(record, { proposal }, { act, ...version });
  }

  function carryOut(record: ClientRecord, to: ClientDraft, act: 'edited' | 'restored', doing: Doing) {
    if (needsApproval(approval, [draftOf(record), to], doing.by)) return suggest(record, to, 'edit', doing);
    return apply(record, { ...to, ...tokensEnded(record, to, clock.now()) }, told(act, doing));
  }

  async function decideEdit(
    id: string,
    { state, basedOn }: ClientEdit,
    decide: (record: ClientRecord, to: ClientDraft) => ClientChange<Changed>,
  ): Promise<Changed> {
    const known = await clients.record(id);
    if (!known) return UNKNOWN;
    const metadata = withoutSecrets({ ...(state.metadata ?? known.metadata), client_id: id });
    const detail = await faultOf(withPlaceholder(metadata), state.test ?? known.test);
    if (detail !== undefined) return { ok: false, because: 'invalid-metadata', detail };
    return change(id, (record) =>
      record.revision === basedOn
        ? decide(record, { ...draftOf(record), ...state, metadata })
        : refused(record, { ok: false, because: 'changed-meanwhile', record }),
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
      id,
      (record) =>
        record.status === 'disabled'
          ? refused(record, { ok: true, record })
          : apply(record, { status: 'disabled' }, told('disabled', doing)),
      doing.basedOn,
    );
  }

  /** What was given before it was disabled stays dead. One that was never approved waits for that. */
  function enable(id: string, doing: ClientDoing): Promise<Changed> {
    const reopened = (record: ClientRecord): ClientChange<Changed> => {
      if (record.status === 'active') return refused(record, { ok: true, record });
      if (isNewcomer(record)) return refused(record, { ok: false, because: 'proposal-waiting' });
      return apply(record, { status: 'active', grantsSince: clock.now() }, told('enabled', doing));
    };
    return change(id, reopened, doing.basedOn);
  }

  /** Makes what a client was at an older revision what it is; its secrets and whether it is disabled stay. */
  async function restore(id: string, revision: number, doing: ClientDoing): Promise<Changed> {
    const versions = await clients.versions(id, { limit: VERSIONS_AT_ONCE });
    const older = versions.find(({ version }) => version?.revision === revision)?.version?.is;
    if (!older) return { ok: false, because: 'unknown-version' };
    const detail = await faultOf(withPlaceholder(older.metadata), older.test);
    if (detail !== undefined) return { ok: false, because: 'invalid-metadata', detail };
    const to = { ...draftOf(older), reasons: older.reasons ?? {} };
    return change(id, (record) => carryOut(record, to, 'restored', doing), doing.basedOn);
  }

  /** A new secret; the one before it works for `overlapHours` more. The new one is shown this once. */
  async function issueSecret(id: string, overlapHours: number, doing: ClientDoing) {
    const secret = newSecret(random);
    const now = clock.now();
    const issued = await change(
      id,
      (record) => {
        if (!needsSecret(record.metadata)) return refused(record, { ok: false, because: 'no-secret' });
        const endsAt = now + overlapHours * HOUR_MS;
        const before = live(record.secrets, now).slice(1 - SECRETS_AT_ONCE);
        const ending = before.map((one) => ({ ...one, endsAt: Math.min(one.endsAt ?? endsAt, endsAt) }));
        const secrets = [...ending, { hash: hashClientSecret(secret), createdAt: now }];
        return apply(record, { secrets }, told('secret-issued', doing));
      },
      doing.basedOn,
    );
    return issued.ok ? { ...issued, secret } : issued;
  }

  /** Ends one of two secrets at once; `createdAt` says which. */
  function endSecret(id: string, createdAt: number, doing: ClientDoing): Promise<Changed> {
    return change(
      id,
      (record) => {
        const left = live(record.secrets, clock.now()).filter((secret) => secret.createdAt !== createdAt);
        if (left.length === 0) return refused(record, { ok: false, because: 'last-secret' });
        return apply(record, { secrets: left }, told('secret-ended', doing));
      },
      doing.basedOn,
    );
  }

  /** For good; what it was stays in its versions. With a proposal in the record that is answered, it waits. */
  async function remove(id: string, doing: ClientDoing): Promise<Changed> {
    const record = await clients.record(id);
    if (!record) return UNKNOWN;
    const waits = (one: ClientRecord) =>
      needsApproval(approval, [draftOf(one)], doing.by) && !isOwnNewcomer(one, doing.by);
    if (waits(record))
      return change(id, (newest) => suggest(newest, draftOf(newest), 'removal', doing), doing.basedOn);
    const removed = await clients.remove(id, (last) =>
      isStale(last, doing.basedOn) || waits(last)
        ? undefined
        : changedClient(last, {}, told('removed', doing)).version,
    );
    if (removed) return { ok: true, record: withoutProposal(record) };
    const left = await clients.record(id);
    return left ? { ok: false, because: 'changed-meanwhile', record: left } : UNKNOWN;
  }

  return { edit, propose, disable, enable, restore, issueSecret, endSecret, remove };
}

function isStale({ revision }: ClientRecord, basedOn: number | undefined): boolean {
  return basedOn !== undefined && revision !== basedOn;
}

export function live(secrets: readonly ClientSecret[], now: number): ClientSecret[] {
  return secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
}

function withoutProposal({ proposal: _, ...record }: ClientRecord): ClientRecord {
  return record;
}

function withoutSecrets({
  client_secret: _,
  client_secrets: __,
  grants_since: ___,
  test_owners: ____,
  ...metadata
}: ClientMetadata): ClientMetadata {
  return { ...metadata, client_id: metadata.client_id };
}

/** The library wants a secret where one is used; the real ones are no part of what is checked. */
function withPlaceholder(metadata: ClientMetadata): ClientMetadata {
  return needsSecret(metadata) ? { ...metadata, client_secret: 'kept elsewhere' } : metadata;
}
