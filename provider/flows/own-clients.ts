/**
 * Clients of the portals' own people. Anybody may register a test client, which lets in nobody but them and test people; of
 * others they see and edit a draft, and an admin decides.
 */
import type { ClientMetadata } from '../core/client.ts';
import type { ClientDraft, ClientRecord } from '../core/client-record.ts';
import type { Doing } from '../core/doing.ts';
import type { CrowdRule } from '../core/throttle.ts';
import type { Changed } from './client-change.ts';
import type { ClientChanges } from './client-changes.ts';
import type { ClientRegistration, RegisteredClient } from './clients.ts';
import type { Clients, Throttles } from './ports.ts';

export interface OwnClientsPorts {
  readonly clients: Clients;
  readonly throttles: Throttles;
  readonly clientChanges: ClientChanges;
  readonly registerClient: ClientRegistration;
}

export interface OwnClientsLimits {
  readonly most: number;
  readonly perDay: CrowdRule;
  /** What a test client may ask for. */
  readonly scopes: readonly string[];
}

/** What an owner may say of a client: nothing that takes something from those who log in, or reaches into others' interfaces. */
const OWNERS_SAY = [
  'client_name',
  'client_name#hu',
  'client_name#en',
  'client_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'initiate_login_uri',
  'sector_identifier_uri',
  'default_acr_values',
  'scope',
  'token_endpoint_auth_method',
  'application_type',
  'jwks',
  'jwks_uri',
  'require_pushed_authorization_requests',
  'dpop_bound_access_tokens',
];

const PURPOSE = 'test-client';
/** As the form makes them ({@link Random.id}). */
const OWN_ID = /^[\w-]{16,64}$/;
const TAKEN = { ok: false, because: 'client-id-taken' } as const;
const TOO_MANY = { ok: false, because: 'too-many-clients' } as const;

export type OwnClients = ReturnType<typeof ownClients>;

export function ownClients(ports: OwnClientsPorts, { most, perDay, scopes }: OwnClientsLimits) {
  const { clients, throttles, clientChanges, registerClient } = ports;

  /** Undefined for an unknown one and for somebody else's. */
  async function find(accountId: string, id: string): Promise<ClientRecord | undefined> {
    const record = await clients.record(id);
    return record?.owners.includes(accountId) ? record : undefined;
  }

  /** Both may set what decides how a portal's software proves who it is; scopes and addresses are checked with the rest. */
  function said(metadata: ClientMetadata): Partial<ClientMetadata> {
    const entries = Object.entries(metadata).filter(([name]) => OWNERS_SAY.includes(name));
    const scope = metadata.scope?.split(' ').filter((one) => scopes.includes(one));
    return { ...Object.fromEntries(entries), ...(scope && { scope: scope.join(' ') }) };
  }

  async function create(
    accountId: string,
    { metadata, reasons }: Pick<ClientDraft, 'metadata' | 'reasons'>,
    doing: Doing,
  ): Promise<RegisteredClient | typeof TOO_MANY> {
    const owned = await clients.ownedBy(accountId);
    if (owned.filter(({ test }) => test).length >= most) return TOO_MANY;
    if (!(await throttles.attempt(PURPOSE, accountId, perDay)).ok) return TOO_MANY;
    const { client_id: id } = metadata;
    // An id that somebody made up could be code where it is pasted, or that of a portal which people remember.
    if (!OWN_ID.test(id) || (await clients.versions(id, { limit: 1 })).length > 0) return TAKEN;
    const wanted = { ...said(metadata), ...LOGIN, client_id: metadata.client_id };
    return registerClient(wanted, { ...doing, test: true, owners: [accountId], ...(reasons && { reasons }) });
  }

  /** A test client's edit counts at once, unless it is to become a real one: that is an admin's to decide. */
  async function edit(
    accountId: string,
    id: string,
    { draft, basedOn, goLive }: { draft: ClientDraft; basedOn: number; goLive: boolean },
    doing: Doing,
  ): Promise<Changed> {
    const record = await find(accountId, id);
    if (!record) return { ok: false, because: 'unknown-client' };
    const metadata = { ...withoutSaid(record.metadata), ...said(draft.metadata), client_id: id };
    const state = { metadata, reasons: draft.reasons ?? {}, test: record.test && !goLive };
    const way = state.test ? clientChanges.edit : clientChanges.propose;
    return way(id, { state, basedOn }, doing);
  }

  return { list: clients.ownedBy, find, create, edit };
}

const LOGIN = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] } as const;

function withoutSaid(metadata: ClientMetadata): Partial<ClientMetadata> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !OWNERS_SAY.includes(name)));
}
