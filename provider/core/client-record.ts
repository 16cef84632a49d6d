/** A client as the service keeps it: its metadata, and what oidc-provider need not know of it. Values in, values out. */
import type { Actor } from './actor.ts';
import type { ClientMetadata } from './client.ts';
import type { Doing } from './doing.ts';

/** Years of an ordinary client's changes; older ones are dropped. */
export const VERSIONS_KEPT = 500;

/** Hashed at rest. Times in milliseconds since the epoch. */
export interface ClientSecret {
  readonly hash: string;
  readonly createdAt: number;
  /** From then on it is refused; absent: until it is ended. */
  readonly endsAt?: number;
}

/** One that is about to take another's place. */
export interface NewSecret extends Omit<ClientSecret, 'endsAt'> {
  /** How long the one before it still works. */
  readonly overlapHours: number;
}

/** What an admin sees and changes, and what a version keeps. */
export interface ClientState {
  /** Without secrets. */
  readonly metadata: ClientMetadata;
  readonly status: 'active' | 'disabled';
  /** For a portal under construction: on loopback and test hosts, for test people. */
  readonly test: boolean;
  /** Accounts of the portal's own people. */
  readonly owners: readonly string[];
  /** Why it needs what it may ask for: scope -> in an admin's words. */
  readonly reasons?: Readonly<Record<string, string>>;
}

/** What a proposal may change: whether a client is disabled is nothing that may wait. */
export type ClientDraft = Omit<ClientState, 'status'>;

/** A change that waits for somebody else's approval. */
export interface Proposal {
  /** Random: who approves one approves no other that was put in its place, however fast. */
  readonly id: string;
  readonly by: Actor;
  readonly at: number;
  readonly why?: string;
  readonly kind: 'registration' | 'edit' | 'removal' | 'secret';
  /** What it was made from. */
  readonly from: ClientDraft;
  readonly to: ClientDraft;
  /** It works when it is approved. */
  readonly secret?: NewSecret;
}

export interface ClientRecord extends ClientState {
  /** Newest last; two at a time while one replaces the other. */
  readonly secrets: readonly ClientSecret[];
  /** One more with every change. */
  readonly revision: number;
  readonly createdAt: number;
  readonly changedAt: number;
  /** Grants given before count no longer: the client was disabled in between. Milliseconds since the epoch. */
  readonly grantsSince?: number;
  readonly proposal?: Proposal;
}

export type ClientAct =
  | 'registered'
  | 'edited'
  | 'disabled'
  | 'enabled'
  | 'removed'
  | 'restored'
  | 'owners-changed'
  | 'secret-issued'
  | 'secret-ended'
  | 'proposed'
  | 'approved'
  | 'rejected';

/** One change: who, when, what was and is, why. */
export interface ClientVersion {
  readonly revision: number;
  readonly act: ClientAct;
  readonly at: number;
  readonly by: Actor;
  readonly why?: string;
  readonly was?: ClientState;
  readonly is: ClientState;
}

export function newClientRecord(
  { client_secret: _, ...metadata }: ClientMetadata,
  at: number,
  more: Partial<Pick<ClientRecord, 'secrets' | 'test' | 'owners' | 'reasons'>> = {},
): ClientRecord {
  return {
    metadata,
    status: 'active',
    test: false,
    owners: [],
    secrets: [],
    ...more,
    revision: 1,
    createdAt: at,
    changedAt: at,
  };
}

/** The metadata that oidc-provider reads: a disabled client has none, and no secret that has ended is in it. */
export function presentedClient(record: ClientRecord, now: number): ClientMetadata | undefined {
  if (record.status === 'disabled') return undefined;
  const live = liveSecrets(record.secrets, now);
  const newest = live.at(-1);
  return {
    ...withoutPresented(record.metadata),
    ...(newest && { client_secret: newest.hash }),
    ...(live.length > 1 && { client_secrets: live }),
    ...(record.grantsSince !== undefined && { grants_since: record.grantsSince }),
    ...(record.test && { test_owners: record.owners }),
  };
}

/** Without what {@link presentedClient} adds: nobody sets it by hand. */
export function withoutPresented({
  client_secret: _,
  client_secrets: __,
  grants_since: ___,
  test_owners: ____,
  ...metadata
}: ClientMetadata): ClientMetadata {
  return { ...metadata, client_id: metadata.client_id };
}

export function liveSecrets<T extends Pick<ClientSecret, 'endsAt'>>(secrets: readonly T[], now: number): T[] {
  return secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
}

export function draftOf({ metadata, test, owners, reasons }: ClientState): ClientDraft {
  return { metadata, test, owners, ...(reasons && { reasons }) };
}

export function stateOf(record: ClientRecord): ClientState {
  return { ...draftOf(record), status: record.status };
}

/** Who logged in at a client before it became one for tests was no test person. */
export function tokensEnded(
  record: ClientRecord,
  to: ClientDraft,
  now: number,
): Pick<ClientRecord, 'grantsSince'> {
  return to.test && !record.test ? { grantsSince: now } : {};
}

/** `proposal: undefined` takes it away. */
export type ClientRecordChange = Partial<
  Omit<ClientRecord, 'revision' | 'createdAt' | 'changedAt' | 'proposal'>
> & {
  readonly proposal?: Proposal | undefined;
};

/** What is told of a change, beside what was and is. */
export type Telling = Pick<ClientVersion, 'act' | 'at' | 'by' | 'why'>;

export function telling(act: ClientAct, { by, why }: Doing, at: number): Telling {
  return { act, at, by, ...(why && { why }) };
}

/** The record after a change, and the version that tells of it. */
export function changedClient(
  record: ClientRecord,
  change: ClientRecordChange,
  told: Telling,
): { record: ClientRecord; version: ClientVersion } {
  const revision = record.revision + 1;
  const changed = withoutVoid({ ...record, ...change, revision, changedAt: told.at });
  return { record: changed, version: { revision, ...told, was: stateOf(record), is: stateOf(changed) } };
}

function withoutVoid({
  proposal,
  ...record
}: Omit<ClientRecord, 'proposal'> & ClientRecordChange): ClientRecord {
  return proposal ? { ...record, proposal } : record;
}
