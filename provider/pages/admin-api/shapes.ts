/** What of a client, an account and a session is shown, and how. No secret, hash or sealed value is among it. */
import { z } from 'zod';
import type { Account } from '../../core/account.ts';
import { highestLevel } from '../../core/account.ts';
import type { ClientDraft, ClientRecord, ClientState, ClientVersion } from '../../core/client-record.ts';
import { DOCUMENT_TYPES } from '../../core/factor-reset-record.ts';
import { UNREADABLE } from '../../core/unreadable.ts';
import type { IssuedAccess, LiveSession } from '../../flows/ports.ts';
import { shownMetadata } from '../../oidc/client-document.ts';

/** Every schema of the OpenAPI document, by its name there. */
export const SHAPES = z.registry<{ id: string }>();

export function named<T extends z.ZodType>(id: string, schema: T): T {
  SHAPES.add(schema, { id });
  return schema;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const timeShape = z.string().regex(TIME).meta({ description: 'ISO 8601 in UTC' });
const text = z.string();

/** Milliseconds since the epoch, as {@link timeShape}. */
export const timeBody = (at: number) => new Date(at).toISOString();
/** Members that are undefined are none. */
const maybe = (at: number | undefined) => (at === undefined ? undefined : timeBody(at));

export const actorShape = named(
  'Actor',
  z.object({ kind: z.enum(['account', 'client', 'command-line']), id: text, name: text }),
);

export const unreadableShape = named(
  'Unreadable',
  z
    .object({ kind: z.literal(UNREADABLE.kind) })
    .meta({ description: 'in place of an entry that is damaged; the log tells which' }),
);

export const reasonsShape = z
  .record(text.max(200), text.max(2000))
  .meta({ description: 'why it needs what it may ask for, by scope' });

const clientDraft = z.object({
  metadata: z
    .looseObject({ client_id: text })
    .meta({ description: 'RFC 7591 and OpenID Connect Registration, with the properties that are ours' }),
  test: z.boolean().meta({ description: 'for a portal under construction' }),
  owners: z.array(text).meta({ description: "accounts of the portal's own people" }),
  reasons: reasonsShape.optional(),
});
const clientState = clientDraft.extend({ status: z.enum(['active', 'disabled']) });

export const draftShape = named('ClientDraft', clientDraft);
const stateShape = named('ClientState', clientState);

export const clientShape = named(
  'Client',
  clientState.extend({
    client_id: text,
    revision: z.int().meta({ description: 'one more with every change; the ETag' }),
    created_at: timeShape,
    changed_at: timeShape,
    secrets: z.array(z.object({ id: text, created_at: timeShape, ends_at: timeShape.optional() })),
    waiting: z.boolean().meta({ description: 'a change waits for the approval of somebody else' }),
  }),
);

export const versionShape = named(
  'ClientVersion',
  z.object({
    revision: z.int(),
    act: text.meta({ description: 'registered, edited, disabled and the like; may grow' }),
    at: timeShape,
    by: actorShape,
    why: text.optional(),
    was: stateShape.optional(),
    is: stateShape,
  }),
);

export const changesShape = z
  .array(z.object({ field: text, was: text.optional(), is: text.optional() }))
  .optional()
  .meta({ description: 'of a correction' });
export const documentShape = z
  .object({ type: z.enum(DOCUMENT_TYPES), ending: text })
  .optional()
  .meta({ description: 'that the desk has seen' });

/** What `core/history-line.ts` makes of any entry of any history. */
export const historyLineShape = named(
  'HistoryLine',
  z.object({
    history: z.enum(['account', 'client', 'journal']).meta({ description: 'which the entry is from' }),
    seq: z.int().optional().meta({ description: 'its number in the chain, where that was read' }),
    kind: text.meta({ description: '`unreadable`: it is damaged; may grow' }),
    at: timeShape.optional(),
    by: actorShape.optional().meta({ description: 'where it was not the person' }),
    account_id: text.optional(),
    client_id: text.optional(),
    why: text.optional(),
    because: text.optional().meta({ description: 'why it was refused' }),
    role: text.optional(),
    level: text.optional(),
    factor: text.optional(),
    address: text.optional(),
    user_agent: text.optional(),
    device: text.optional(),
    device_id: text.optional(),
    changes: changesShape,
    document: documentShape,
    letters: z.int().optional().meta({ description: 'how many mails or notices' }),
    letter: text.optional().meta({ description: 'which, if it is one' }),
    revision: z.int().optional().meta({ description: 'of the client, after it' }),
    was: stateShape.optional().meta({ description: 'the client, before it' }),
    is: stateShape.optional().meta({ description: 'the client, after it' }),
  }),
);

export function draftBody({ metadata, test, owners, reasons }: ClientDraft) {
  return { metadata: shownMetadata(metadata), test, owners: [...owners], reasons };
}

export function clientBody(record: ClientRecord): z.input<typeof clientShape> {
  const { metadata, status, revision, createdAt, changedAt, secrets, proposal } = record;
  return {
    client_id: metadata.client_id,
    ...draftBody(record),
    status,
    revision,
    created_at: timeBody(createdAt),
    changed_at: timeBody(changedAt),
    secrets: secrets.map((one) => ({
      id: `${one.createdAt}`,
      created_at: timeBody(one.createdAt),
      ends_at: maybe(one.endsAt),
    })),
    waiting: proposal !== undefined,
  };
}

export function versionBody({ revision, act, at, by, why, was, is }: ClientVersion) {
  const state = (one: ClientState) => ({ ...draftBody(one), status: one.status });
  return { revision, act, at: timeBody(at), by, why, was: was && state(was), is: state(is) };
}

const accessMembers = {
  scopes: z.array(text),
  hosts: z.array(text),
  level: z.enum(['low', 'substantial']),
  grant_types: z.array(text),
};

export const accessShape = named(
  'InitialAccess',
  z.object({ id: text, ...accessMembers, issued_at: timeShape, expires_at: timeShape }),
);

export function accessBody({ id, agreement, issuedAt, expiresAt }: IssuedAccess) {
  const { scopes, hosts, level, grantTypes } = agreement;
  const times = { issued_at: timeBody(issuedAt), expires_at: timeBody(expiresAt) };
  return { id, scopes, hosts, level, grant_types: grantTypes, ...times };
}

export const PERSON_MEMBERS = {
  family_name: 'familyName',
  given_name: 'givenName',
  birth_family_name: 'birthFamilyName',
  birth_given_name: 'birthGivenName',
  birthdate: 'birthdate',
  place_of_birth: 'placeOfBirth',
  mothers_birth_name: 'mothersBirthName',
} as const satisfies Readonly<Record<string, keyof Account['person']>>;

export const accountShape = named(
  'Account',
  z.object({
    account_id: text,
    username: text,
    email: text,
    language: z.enum(['hu', 'en']),
    status: z.enum(['active', 'locked', 'closing', 'closed']),
    roles: z.array(z.enum(['admin', 'operator'])),
    person: z.partialRecord(z.enum(Object.keys(PERSON_MEMBERS)), text),
    level: z.enum(['low', 'substantial']).meta({ description: 'the highest that it reaches today' }),
    activated: z.boolean().meta({ description: 'a password was chosen' }),
    devices: z.array(z.object({ name: text, bound_at: timeShape, last_used_at: timeShape.optional() })),
    created_at: timeShape,
    closed_at: timeShape.optional(),
  }),
);

export function accountBody(account: Account): z.input<typeof accountShape> {
  const { id, username, email, language, status, roles, person, authenticators } = account;
  return {
    account_id: id,
    username,
    email,
    language,
    status,
    roles: [...roles],
    person: personBody(person),
    level: highestLevel(account),
    activated: account.password !== undefined,
    devices: authenticators.map((one) => ({
      name: one.name,
      bound_at: timeBody(one.boundAt),
      last_used_at: maybe(one.lastUsedAt),
    })),
    created_at: timeBody(account.createdAt),
    closed_at: maybe(account.closedAt),
  };
}

function personBody(person: Account['person']): Record<string, string> {
  const members = Object.entries(PERSON_MEMBERS).map(([name, ours]) => [name, person[ours]] as const);
  return Object.fromEntries(members.filter((one): one is [never, string] => one[1] !== undefined));
}

export const sessionShape = named(
  'Session',
  z.object({
    session_id: text,
    acr: text.optional(),
    authenticated_at: timeShape,
    expires_at: timeShape,
    portals: z.array(text).meta({ description: 'client_ids' }),
    address: text.optional(),
    user_agent: text.optional(),
  }),
);

export function sessionBody({ uid, acr, authenticatedAt, expiresAt, portals, origin }: LiveSession) {
  return {
    session_id: uid,
    acr,
    authenticated_at: timeBody(authenticatedAt),
    expires_at: timeBody(expiresAt),
    portals: portals.map(({ clientId }) => clientId),
    address: origin?.address,
    user_agent: origin?.userAgent,
  };
}
