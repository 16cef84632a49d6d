/** Registering the portals' clients. */
import { createHash } from 'node:crypto';
import { type Actor, COMMAND_LINE } from '../core/actor.ts';
import { type Agreed, agreed } from '../core/agreement.ts';
import type { AcrValues } from '../core/assurance.ts';
import {
  type Agreement,
  addressFault,
  type ClientMetadata,
  fetchedAddressFault,
  nameFault,
} from '../core/client.ts';
import { type ApprovalRule, needsApproval } from '../core/client-approval.ts';
import {
  type ClientRecord,
  draftOf,
  newClientRecord,
  type Proposal,
  stateOf,
} from '../core/client-record.ts';
import { withSafeDefaults } from '../core/client-rules.ts';
import { testClientFault } from '../core/test-client.ts';
import type { ClientRules, Clients, Clock, Random } from './ports.ts';

export type RegisteredClient =
  | {
      readonly ok: true;
      readonly metadata: ClientMetadata /** Shown once, stored hashed. */;
      readonly secret?: string;
      /** It works when somebody else has approved it. */
      readonly proposed: boolean;
    }
  | {
      readonly ok: false;
      readonly because: 'client-id-taken' | 'invalid-metadata';
      readonly detail?: string;
    };

/** How a client secret lies at rest. It has 256 random bits, so a fast hash is enough (ASVS 5.0 §11.4). */
export function hashClientSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

export interface ClientPolicy {
  readonly substantialAcr: string;
  /** Portals under development may live on this machine. */
  readonly loopbackAllowed: boolean;
  /** Hosts that the server asks without https. */
  readonly plainHosts: readonly string[];
  /** Where portals under construction are tried, beside loopback. */
  readonly testHosts: readonly string[];
  readonly approval: ApprovalRule;
}

/** Who registers a client and why, and what of it is not metadata. */
export interface RegistrationDetails {
  readonly by?: Actor;
  readonly why?: string;
  readonly test?: boolean;
  readonly owners?: readonly string[];
  readonly reasons?: Readonly<Record<string, string>>;
}

/** Lists of addresses that the browser of a person is sent to. */
const VISITED = ['redirect_uris', 'post_logout_redirect_uris'] as const;

/** Addresses that the server itself asks. */
const FETCHED = ['jwks_uri', 'sector_identifier_uri', 'backchannel_logout_uri'] as const;

/** What stands against a client's metadata, in the words of a specification's error description. */
export type MetadataFault = (metadata: ClientMetadata, test: boolean) => Promise<string | undefined>;

export function metadataFault(rules: ClientRules, policy: ClientPolicy): MetadataFault {
  return async (metadata, test) =>
    nameFault(metadata) ??
    (test ? testClientFault(metadata, policy.testHosts) : undefined) ??
    addressesFault(metadata, { ...policy, loopbackAllowed: policy.loopbackAllowed || test }) ??
    rules.fault(metadata);
}

export type ClientRegistration = ReturnType<typeof registerClient>;

export function registerClient(
  { clients, rules, random, clock }: { clients: Clients; rules: ClientRules; random: Random; clock: Clock },
  policy: ClientPolicy,
) {
  const faultOf = metadataFault(rules, policy);

  return async (
    wanted: Partial<ClientMetadata>,
    { by = COMMAND_LINE, why, test = false, owners = [], reasons }: RegistrationDetails = {},
  ): Promise<RegisteredClient> => {
    const { metadata, secret } = complete(wanted);
    const fault = await faultOf(metadata, test);
    if (fault) return { ok: false, because: 'invalid-metadata', detail: fault };
    const at = clock.now();
    const secrets = secret === undefined ? [] : [{ hash: hashClientSecret(secret), createdAt: at }];
    const told = { at, by, ...(why && { why }) };
    const wished = newClientRecord(metadata, at, { test, owners, secrets, ...(reasons && { reasons }) });
    const proposed = needsApproval(policy.approval, [wished], by);
    const record = proposed ? awaitingApproval(wished, { ...told, id: random.id() }) : wished;
    const act = proposed ? 'proposed' : 'registered';
    if (!(await clients.create(record, { ...told, revision: 1, act, is: stateOf(record) })))
      return { ok: false, because: 'client-id-taken' };
    return { ok: true, metadata, proposed, ...(secret !== undefined && { secret }) };
  };

  /** With an id, safe defaults and, where it uses one, a secret of its own. */
  function complete(wanted: Partial<ClientMetadata>): { metadata: ClientMetadata; secret?: string } {
    const client_id = wanted.client_id ?? random.id();
    const full = withSafeDefaults({ ...wanted, client_id }, policy.substantialAcr);
    const { client_secret: given, ...metadata } = full;
    if (!needsSecret(metadata)) return { metadata };
    const secret = given ?? newSecret(random);
    return { metadata: { ...metadata, client_secret: hashClientSecret(secret) }, secret };
  }
}

function awaitingApproval(
  record: ClientRecord,
  told: Pick<Proposal, 'id' | 'at' | 'by' | 'why'>,
): ClientRecord {
  const draft = draftOf(record);
  return {
    ...record,
    status: 'disabled',
    proposal: { ...told, kind: 'registration', from: draft, to: draft },
  };
}

/** Holds what a portal's software wants to register by itself to its agreement and to the rules for everybody. */
export function admitClient(rules: ClientRules, policy: ClientPolicy & { readonly acrValues: AcrValues }) {
  const faultOf = metadataFault(rules, policy);

  return async (wanted: ClientMetadata, agreement: Agreement): Promise<Agreed> => {
    const within = agreed(wanted, agreement, policy.acrValues);
    if (!within.ok) return within;
    const metadata = withSafeDefaults(within.metadata, policy.substantialAcr);
    const detail = await faultOf({ ...metadata, client_id: wanted.client_id }, false);
    return detail === undefined ? { ok: true, metadata } : { ok: false, detail };
  };
}

/** Methods that authenticate with a shared secret; absent means `client_secret_basic` (RFC 7591 §2). */
export function needsSecret(metadata: Partial<ClientMetadata>): boolean {
  const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic';
  return method === 'client_secret_basic' || method === 'client_secret_post';
}

export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

function addressesFault(metadata: ClientMetadata, policy: ClientPolicy): string | undefined {
  const rules = { native: metadata.application_type === 'native', loopbackAllowed: policy.loopbackAllowed };
  return (
    faultIn(metadata, VISITED, (address) => addressFault(address, rules)) ??
    faultIn(metadata, FETCHED, (address) => fetchedAddressFault(address, policy.plainHosts))
  );
}

function faultIn(
  metadata: ClientMetadata,
  names: readonly string[],
  faultOf: (address: string) => string | undefined,
): string | undefined {
  const addresses = names.flatMap((name) =>
    [metadata[name] ?? []].flat().map((address) => ({ name, address: String(address) })),
  );
  const faults = addresses.flatMap(({ name, address }) => {
    const fault = faultOf(address);
    return fault === undefined ? [] : [`${name}: ${address} ${fault}`];
  });
  return faults[0];
}
