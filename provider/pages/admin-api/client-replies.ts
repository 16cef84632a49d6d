/** What the operations on clients have in common: whose affair a client is, and what is answered. */
import { z } from 'zod';
import type { ClientRecord } from '../../core/client-record.ts';
import type { Changed, ClientDoing } from '../../flows/client-change.ts';
import type { ClientChanges } from '../../flows/client-changes.ts';
import type { ClientSecrets } from '../../flows/client-secrets.ts';
import type { registerClient } from '../../flows/clients.ts';
import type { Accounts, Clients } from '../../flows/ports.ts';
import { strictMetadataSchema } from '../../oidc/client-document.ts';
import { clientBody, clientShape, reasonsShape } from './client-shapes.ts';
import type { Call, Done, Reply } from './operation.ts';
import { type Refused, refused } from './problem.ts';
import { named } from './shapes.ts';

export interface ClientOperationsPorts {
  readonly accounts: Accounts;
  readonly clients: Clients;
  readonly clientChanges: ClientChanges;
  readonly clientSecrets: ClientSecrets;
  readonly registerClient: ReturnType<typeof registerClient>;
}

export const ONE_CLIENT = '/clients/{client_id}';

export const why = z.string().max(500).optional().meta({ description: 'kept in the history' });
export const whyQuery = z.strictObject({ why });
const owners = z.array(z.string().max(100)).max(50);
export const clientDraft = {
  metadata: strictMetadataSchema,
  test: z.boolean().optional(),
  owners: owners.optional(),
  reasons: reasonsShape.optional(),
  why,
};

const withSecret = named('ClientWithSecret', clientShape.extend({ client_secret: z.string().optional() }));

export const shown = {
  status: 200,
  about: 'the client as it is now',
  schema: clientShape,
  etag: true,
} as const;
export const shownOnce = {
  ...shown,
  status: 201,
  schema: withSecret,
  about: 'the client, and its secret this once',
} as const;

type Writing = Call<unknown, unknown> & { readonly body?: unknown; readonly query?: unknown };

/** One that never was, for what names none. */
const revisionIn = (tag: string): number => (/^\d{1,15}$/.test(tag) ? Number(tag) : Number.NaN);

export const idOf = (params: Call<unknown, unknown>['params']): string => params.client_id ?? '';

/** Lets `change` have a client that is not itself one of this interface. */
export function ownAffairs(clients: Clients) {
  return async (
    call: Writing,
    change: (
      id: string,
      doing: ClientDoing & { readonly basedOn: number },
      record: ClientRecord,
    ) => Promise<Reply>,
  ): Promise<Reply> => {
    const id = idOf(call.params);
    const record = await clients.record(id);
    if (!record) return refused('not-found');
    if (record.metadata.admin_scopes !== undefined) return refused('admins-only');
    const { why: reasonGiven } = { ...(call.query as object), ...(call.body as object) } as { why?: string };
    const doing = { by: call.by, basedOn: revisionIn(call.seen), ...(reasonGiven && { why: reasonGiven }) };
    return change(id, doing, record);
  };
}

export function replyWith(record: ClientRecord, secret?: string): Done {
  const body = { ...clientBody(record), ...(secret !== undefined && { client_secret: secret }) };
  return { ok: true, body, tag: `${record.revision}` };
}

export function told(changed: Changed): Reply {
  if (changed.ok) return replyWith(changed.record);
  if (changed.because === 'unknown-client') return refused('not-found');
  if (changed.because === 'changed-meanwhile') return refused('changed-meanwhile');
  if (changed.because === 'invalid-metadata') return badMetadata(changed.detail);
  return refused('wrong-state', changed.because);
}

export function badMetadata(detail = 'the metadata is not valid'): Reply {
  const name = /^[\w#]+/.exec(detail)?.[0];
  const known = name !== undefined && Object.hasOwn(strictMetadataSchema.shape, name);
  return refused('invalid-content', undefined, [{ detail, pointer: `#/metadata${known ? `/${name}` : ''}` }]);
}

/** Why these can't be its owners, as at the console: accounts that are there. Who is one already stays. */
export async function ownersFault(
  accounts: Accounts,
  wanted: readonly string[] = [],
  already: readonly string[] = [],
): Promise<Refused | undefined> {
  const added = wanted.filter((id) => !already.includes(id));
  const found = await Promise.all(added.map((id) => accounts.find(id)));
  const at = found.findIndex((account) => account?.status !== 'active');
  if (at < 0) return undefined;
  return refused('invalid-content', undefined, [
    { pointer: '#/owners', detail: `unknown-owner: ${added[at]}` },
  ]);
}

export function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
