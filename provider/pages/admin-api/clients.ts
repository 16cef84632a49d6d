/**
 * Clients for programs. What may use this very interface is an admin's own to make and to change: else a program could
 * give itself, or another, what an admin did not.
 */
import { z } from 'zod';
import type { ClientMetadata } from '../../core/client.ts';
import type { Changed, ClientChanges, ClientDoing } from '../../flows/client-changes.ts';
import type { registerClient } from '../../flows/clients.ts';
import type { Clients } from '../../flows/ports.ts';
import { strictMetadataSchema } from '../../oidc/client-document.ts';
import { type Call, type Operation, operation, type Reply } from './operation.ts';
import { pageOf, pageQuery, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import { clientBody, clientShape, named, versionBody, versionShape } from './shapes.ts';

export interface ClientOperationsPorts {
  readonly clients: Clients;
  readonly clientChanges: ClientChanges;
  readonly registerClient: ReturnType<typeof registerClient>;
}

const why = z.string().max(500).optional().meta({ description: 'kept in the history' });
const owners = z.array(z.string().max(100)).max(50);
const draft = {
  metadata: strictMetadataSchema,
  test: z.boolean().optional(),
  owners: owners.optional(),
  why,
};
const newClient = named('NewClient', z.strictObject(draft));
const wholeClient = named('ClientEdit', z.strictObject({ ...draft, metadata: strictMetadataSchema }));
const reason = named('Reason', z.strictObject({ why }));
const restoration = named('Restoration', z.strictObject({ revision: z.int().min(1), why }));
const secretOrder = named(
  'SecretOrder',
  z.strictObject({
    overlap_hours: z.int().min(0).max(720).meta({ description: 'how long the one before works on' }),
    why,
  }),
);
const withSecret = named('ClientWithSecret', clientShape.extend({ client_secret: z.string().optional() }));
const clientPage = pageShape('Client', clientShape);
const versionPage = pageShape('ClientVersion', versionShape);
const whyQuery = z.strictObject({ why });

const ONE = '/clients/{client_id}';
const shown = { status: 200, about: 'the client as it is now', schema: clientShape, etag: true } as const;
const once = {
  ...shown,
  status: 201,
  schema: withSecret,
  about: 'the client, and its secret this once',
} as const;

export function clientOperations(ports: ClientOperationsPorts): Operation[] {
  return [...reading(ports), ...registering(ports), ...changing(ports), ...secrets(ports)];
}

function reading({ clients }: ClientOperationsPorts): Operation[] {
  const base = { method: 'get', scope: 'clients:read' } as const;
  return [
    operation({
      ...base,
      id: 'listClients',
      summary: 'Clients in the order of their ids',
      path: '/clients',
      query: pageQuery,
      answer: { status: 200, about: 'a page of clients', schema: clientPage },
      handle: ({ query }) =>
        pageOf(
          query,
          ({ from, limit }) => clients.list({ limit, ...(from !== undefined && { after: from }) }),
          {
            placeOf: ({ metadata }) => metadata.client_id,
            body: clientBody,
          },
        ),
    }),
    operation({
      ...base,
      id: 'showClient',
      summary: 'One client',
      path: ONE,
      answer: shown,
      async handle({ params }) {
        const record = await clients.record(idOf(params));
        return record ? replyWith(record) : refused('not-found');
      },
    }),
    operation({
      ...base,
      id: 'listClientVersions',
      summary: 'What a client was, newest first, also of one that was removed',
      path: `${ONE}/versions`,
      query: pageQuery,
      answer: { status: 200, about: 'a page of versions', schema: versionPage },
      handle: ({ params, query }) =>
        pageOf(
          query,
          ({ from, limit }) =>
            clients.versions(idOf(params), { limit, ...(from !== undefined && { before: from }) }),
          { placeOf: ({ cursor }) => cursor, body: ({ version }) => versionBody(version) },
        ),
    }),
  ];
}

function registering({ clients, registerClient: register }: ClientOperationsPorts): Operation[] {
  return [
    operation({
      id: 'registerClient',
      summary: 'Register a client; what is left out gets a safe default',
      method: 'post',
      path: '/clients',
      scope: 'clients:write',
      body: newClient,
      creates: true,
      answer: once,
      problems: ['client-id-taken', 'admins-only'],
      async handle({ body, by }) {
        if (body.metadata.admin_scopes !== undefined) return refused('admins-only');
        const { metadata, ...details } = body;
        const registered = await register(metadata as Partial<ClientMetadata>, { ...present(details), by });
        if (!registered.ok && registered.because === 'client-id-taken') return refused('client-id-taken');
        if (!registered.ok) return badMetadata(registered.detail);
        const record = await clients.record(registered.metadata.client_id);
        return record ? replyWith(record, registered.secret) : refused('wrong-state');
      },
    }),
  ].map((one) => ({ ...one, problems: [...(one.problems ?? []), 'wrong-state'] }));
}

function changing({ clients, clientChanges: changes }: ClientOperationsPorts): Operation[] {
  const base = { method: 'post', scope: 'clients:write', guarded: true, answer: shown } as const;
  const problems = ['admins-only', 'wrong-state'] as const;
  const mine = ownAffairs(clients);
  return [
    operation({
      ...base,
      id: 'editClient',
      summary: 'Put other metadata in the place of what there is',
      method: 'put',
      path: ONE,
      body: wholeClient,
      problems,
      handle: (call) =>
        mine(call, async (id, doing, record) => {
          const { metadata, test, owners: people } = call.body;
          if (metadata.admin_scopes !== undefined) return refused('admins-only');
          if ((metadata.client_id ?? id) !== id) return badMetadata('client_id can not change');
          const { registration_agreement } = record.metadata;
          const kept = registration_agreement && { registration_agreement };
          const state = {
            ...present({ test, owners: people }),
            metadata: { ...metadata, ...kept, client_id: id },
          };
          return told(await changes.edit(id, { state: state as never, basedOn: call.basedOn }, doing));
        }),
    }),
    operation({
      ...base,
      id: 'disableClient',
      summary: 'Nobody logs in at it and none of its tokens works, from the next request on',
      path: `${ONE}/disable`,
      body: reason,
      problems,
      handle: (call) => mine(call, async (id, doing) => told(await changes.disable(id, doing))),
    }),
    operation({
      ...base,
      id: 'enableClient',
      summary: 'It works again; what was given before it was disabled stays dead',
      path: `${ONE}/enable`,
      body: reason,
      problems,
      handle: (call) => mine(call, async (id, doing) => told(await changes.enable(id, doing))),
    }),
    operation({
      ...base,
      id: 'restoreClient',
      summary: 'Make it what it was at an older revision; secrets and status stay',
      path: `${ONE}/restore`,
      body: restoration,
      problems,
      handle: (call) =>
        mine(call, async (id, doing) => {
          const { revision } = call.body;
          const versions = await clients.versions(id, { limit: VERSIONS });
          const older = versions.find(({ version }) => version.revision === revision)?.version.is;
          if (older?.metadata.admin_scopes !== undefined) return refused('admins-only');
          return told(await changes.restore(id, revision, doing));
        }),
    }),
    operation({
      ...base,
      id: 'removeClient',
      summary: 'Remove a client for good',
      method: 'delete',
      path: ONE,
      query: whyQuery,
      answer: { status: 204, about: 'it is gone' },
      problems,
      handle: (call) =>
        mine(call, async (id, doing) => {
          const removed = await changes.remove(id, doing);
          return removed.ok ? { ok: true } : told(removed);
        }),
    }),
  ];
}

function secrets({ clients, clientChanges: changes }: ClientOperationsPorts): Operation[] {
  const base = { scope: 'clients:write', guarded: true } as const;
  const problems = ['admins-only', 'wrong-state'] as const;
  const mine = ownAffairs(clients);
  return [
    operation({
      ...base,
      id: 'issueClientSecret',
      summary: 'Make a new secret; two work while one replaces the other',
      method: 'post',
      path: `${ONE}/secrets`,
      body: secretOrder,
      creates: true,
      answer: once,
      problems,
      handle: (call) =>
        mine(call, async (id, doing) => {
          const issued = await changes.issueSecret(id, call.body.overlap_hours, doing);
          return issued.ok && 'secret' in issued ? replyWith(issued.record, issued.secret) : told(issued);
        }),
    }),
    operation({
      ...base,
      id: 'endClientSecret',
      summary: 'End one of two secrets at once',
      method: 'delete',
      path: `${ONE}/secrets/{secret_id}`,
      query: whyQuery,
      answer: shown,
      problems,
      handle: (call) =>
        mine(call, async (id, doing, record) => {
          const secret = record.secrets.find(({ createdAt }) => `${createdAt}` === call.params.secret_id);
          return secret ? told(await changes.endSecret(id, secret.createdAt, doing)) : refused('not-found');
        }),
    }),
  ];
}

const VERSIONS = 500;

type Record_ = NonNullable<Awaited<ReturnType<Clients['record']>>>;
type Writing = Call<unknown, unknown> & { readonly body?: unknown; readonly query?: unknown };

const idOf = (params: Call<unknown, unknown>['params']): string => params.client_id ?? '';

/** Lets `change` have a client that is not itself one of this interface. */
function ownAffairs(clients: Clients) {
  return async (
    call: Writing,
    change: (id: string, doing: ClientDoing, record: Record_) => Promise<Reply>,
  ): Promise<Reply> => {
    const id = idOf(call.params);
    const record = await clients.record(id);
    if (!record) return refused('not-found');
    if (record.metadata.admin_scopes !== undefined) return refused('admins-only');
    const { why: reasonGiven } = { ...(call.query as object), ...(call.body as object) } as { why?: string };
    const doing = { by: call.by, basedOn: call.basedOn, ...(reasonGiven && { why: reasonGiven }) };
    return change(id, doing, record);
  };
}

function replyWith(record: Record_, secret?: string): Reply {
  const body = { ...clientBody(record), ...(secret !== undefined && { client_secret: secret }) };
  const location = `/clients/${encodeURIComponent(record.metadata.client_id)}`;
  return { ok: true, body, revision: record.revision, ...(secret !== undefined && { location }) };
}

function told(changed: Changed): Reply {
  if (changed.ok) return replyWith(changed.record);
  if (changed.because === 'unknown-client') return refused('not-found');
  if (changed.because === 'changed-meanwhile') return refused('changed-meanwhile');
  if (changed.because === 'invalid-metadata') return badMetadata(changed.detail);
  return refused('wrong-state', changed.because);
}

function badMetadata(detail = 'the metadata is not valid'): Reply {
  const name = /^[\w#]+/.exec(detail)?.[0];
  const known = name !== undefined && Object.hasOwn(strictMetadataSchema.shape, name);
  return refused('invalid-content', undefined, [{ detail, pointer: `#/metadata${known ? `/${name}` : ''}` }]);
}

function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
