/** Clients, for programs: which there are, what they were, and new ones. */
import { z } from 'zod';
import type { ClientMetadata } from '../../core/client.ts';
import { UNREADABLE } from '../../core/unreadable.ts';
import { CLIENT_SORTS, clientList } from '../../flows/client-list.ts';
import { clientChangeOperations } from './client-changes.ts';
import { type ClientExtrasPorts, clientExtrasOperations } from './client-extras.ts';
import {
  badMetadata,
  type ClientOperationsPorts,
  clientDraft,
  idOf,
  ONE_CLIENT,
  ownersFault,
  present,
  replyWith,
  shown,
  shownOnce,
} from './client-replies.ts';
import { clientBody, clientShape, versionBody, versionShape } from './client-shapes.ts';
import { type Operation, operation } from './operation.ts';
import { fromCursor, pageOf, pageQuery, pageReply, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import { named, unreadableShape } from './shapes.ts';

const newClient = named('NewClient', z.strictObject(clientDraft));
const clientQuery = pageQuery.extend({
  search: z.string().max(100).default(''),
  sort: z.enum(CLIENT_SORTS).default('id').meta({ description: '`changed`: the newest change first' }),
});
const clientPage = pageShape('Client', clientShape);
const versionPage = pageShape('ClientVersion', z.union([versionShape, unreadableShape]));

export function clientOperations(ports: ClientExtrasPorts): Operation[] {
  return [
    ...reading(ports),
    registering(ports),
    ...clientChangeOperations(ports),
    ...clientExtrasOperations(ports),
  ];
}

function reading({ clients }: ClientOperationsPorts): Operation[] {
  const base = { method: 'get', scope: 'clients:read' } as const;
  return [
    operation({
      ...base,
      id: 'listClients',
      summary: 'Clients: all of them, or those with a word in their name, id or addresses',
      path: '/clients',
      query: clientQuery,
      answer: { status: 200, about: 'a page of clients', schema: clientPage },
      async handle({ query: { cursor, ...asked } }) {
        const after = cursor === undefined ? {} : { after: fromCursor(cursor) };
        const { records, next } = await clientList(clients, { ...asked, ...after });
        return pageReply(records.map(clientBody), next);
      },
    }),
    operation({
      ...base,
      id: 'showClient',
      summary: 'One client',
      path: ONE_CLIENT,
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
      path: `${ONE_CLIENT}/versions`,
      query: pageQuery,
      answer: { status: 200, about: 'a page of versions', schema: versionPage },
      handle: ({ params, query }) =>
        pageOf(
          query,
          ({ from, limit }) =>
            clients.versions(idOf(params), { limit, ...(from !== undefined && { before: from }) }),
          {
            placeOf: ({ cursor }) => cursor,
            body: ({ version }) => (version ? versionBody(version) : UNREADABLE),
          },
        ),
    }),
  ];
}

function registering({ accounts, clients, registerClient: register }: ClientOperationsPorts): Operation {
  return operation({
    id: 'registerClient',
    summary: 'Register a client; what is left out gets a safe default',
    method: 'post',
    path: '/clients',
    scope: 'clients:write',
    body: newClient,
    creates: true,
    answer: shownOnce,
    problems: ['client-id-taken', 'admins-only', 'wrong-state'],
    async handle({ body, by }) {
      if (body.metadata.admin_scopes !== undefined) return refused('admins-only');
      const { metadata, ...details } = body;
      const stranger = await ownersFault(accounts, details.owners);
      if (stranger) return stranger;
      const registered = await register(metadata as Partial<ClientMetadata>, { ...present(details), by });
      if (!registered.ok && registered.because === 'client-id-taken') return refused('client-id-taken');
      if (!registered.ok) return badMetadata(registered.detail);
      const id = registered.metadata.client_id;
      const record = await clients.record(id);
      // Somebody has removed it already.
      if (!record) return refused('wrong-state');
      return { ...replyWith(record, registered.secret), location: `/clients/${encodeURIComponent(id)}` };
    },
  });
}
