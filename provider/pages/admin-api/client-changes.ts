/**
 * Changing clients, for programs. What may use this very interface is an admin's own to make and to change: else a
 * program could give itself, or another, what an admin did not.
 */
import { z } from 'zod';
import type { ClientMetadata } from '../../core/client.ts';
import { VERSIONS_KEPT } from '../../core/client-record.ts';
import { LONGEST_OVERLAP_HOURS } from '../../core/client-secrets.ts';
import {
  badMetadata,
  type ClientOperationsPorts,
  clientDraft,
  ONE_CLIENT,
  ownAffairs,
  ownersFault,
  present,
  replyWith,
  shown,
  shownOnce,
  told,
  why,
  whyQuery,
} from './client-replies.ts';
import { clientShape } from './client-shapes.ts';
import { type Operation, operation } from './operation.ts';
import { refused } from './problem.ts';
import { named } from './shapes.ts';

const clientEdit = named('ClientEdit', z.strictObject(clientDraft));
const reason = named('Reason', z.strictObject({ why }));
const restoration = named('Restoration', z.strictObject({ revision: z.int().min(1), why }));
const secretOrder = named(
  'SecretOrder',
  z.strictObject({
    overlap_hours: z
      .int()
      .min(0)
      .max(LONGEST_OVERLAP_HOURS)
      .meta({ description: 'how long the one before works on' }),
    why,
  }),
);

export function clientChangeOperations(ports: ClientOperationsPorts): Operation[] {
  return [...changing(ports), ...secrets(ports)];
}

function changing({ accounts, clients, clientChanges: changes }: ClientOperationsPorts): Operation[] {
  const base = { method: 'post', scope: 'clients:write', guarded: true, answer: shown } as const;
  const problems = ['admins-only', 'wrong-state'] as const;
  const mine = ownAffairs(clients);
  return [
    operation({
      ...base,
      id: 'editClient',
      summary: 'Put other metadata in the place of what there is',
      method: 'put',
      path: ONE_CLIENT,
      body: clientEdit,
      problems,
      handle: (call) =>
        mine(call, async (id, doing, record) => {
          const { metadata, why: _, ...more } = call.body;
          if (metadata.admin_scopes !== undefined) return refused('admins-only');
          if ((metadata.client_id ?? id) !== id) return badMetadata('client_id can not change');
          const stranger = await ownersFault(accounts, more.owners, record.owners);
          if (stranger) return stranger;
          const { registration_agreement: agreement } = record.metadata;
          // What a portal's software agreed to is no part of what is shown, and stays.
          const kept = {
            ...metadata,
            client_id: id,
            ...(agreement && { registration_agreement: agreement }),
          };
          const state = { ...present(more), metadata: kept as ClientMetadata };
          return told(await changes.edit(id, { state, basedOn: doing.basedOn }, doing));
        }),
    }),
    operation({
      ...base,
      id: 'disableClient',
      summary: 'Nobody logs in at it and none of its tokens works, from the next request on',
      path: `${ONE_CLIENT}/disable`,
      body: reason,
      problems,
      handle: (call) => mine(call, async (id, doing) => told(await changes.disable(id, doing))),
    }),
    operation({
      ...base,
      id: 'enableClient',
      summary: 'It works again; what was given before it was disabled stays dead',
      path: `${ONE_CLIENT}/enable`,
      body: reason,
      problems,
      handle: (call) => mine(call, async (id, doing) => told(await changes.enable(id, doing))),
    }),
    operation({
      ...base,
      id: 'restoreClient',
      summary: 'Make it what it was at an older revision; secrets and status stay',
      path: `${ONE_CLIENT}/restore`,
      body: restoration,
      problems,
      handle: (call) =>
        mine(call, async (id, doing) => {
          const { revision } = call.body;
          const versions = await clients.versions(id, { limit: VERSIONS_KEPT });
          const older = versions.find(({ version }) => version?.revision === revision)?.version?.is;
          if (older?.metadata.admin_scopes !== undefined) return refused('admins-only');
          return told(await changes.restore(id, revision, doing));
        }),
    }),
    operation({
      ...base,
      id: 'removeClient',
      summary: 'Remove a client for good',
      method: 'delete',
      path: ONE_CLIENT,
      query: whyQuery,
      answer: { status: 204, about: 'it is gone' },
      waiting: { about: 'it is there until somebody approves', schema: clientShape },
      problems,
      handle: (call) =>
        mine(call, async (id, doing) => {
          const removed = await changes.remove(id, doing);
          if (!removed.ok) return told(removed);
          return removed.record.proposal ? { ...replyWith(removed.record), waits: true } : { ok: true };
        }),
    }),
  ];
}

function secrets({ clients, clientSecrets }: ClientOperationsPorts): Operation[] {
  const base = { scope: 'clients:write', guarded: true } as const;
  const problems = ['admins-only', 'wrong-state'] as const;
  const mine = ownAffairs(clients);
  return [
    operation({
      ...base,
      id: 'issueClientSecret',
      summary: 'Make a new secret; two work while one replaces the other',
      method: 'post',
      path: `${ONE_CLIENT}/secrets`,
      body: secretOrder,
      creates: true,
      answer: shownOnce,
      problems,
      handle: (call) =>
        mine(call, async (id, doing) => {
          const issued = await clientSecrets.issue(id, call.body.overlap_hours, doing);
          return issued.ok && 'secret' in issued ? replyWith(issued.record, issued.secret) : told(issued);
        }),
    }),
    operation({
      ...base,
      id: 'endClientSecret',
      summary: 'End one of two secrets at once',
      method: 'delete',
      path: `${ONE_CLIENT}/secrets/{secret_id}`,
      query: whyQuery,
      answer: shown,
      problems,
      handle: (call) =>
        mine(call, async (id, doing, record) => {
          const secret = record.secrets.find(({ createdAt }) => `${createdAt}` === call.params.secret_id);
          return secret ? told(await clientSecrets.end(id, secret.createdAt, doing)) : refused('not-found');
        }),
    }),
  ];
}
