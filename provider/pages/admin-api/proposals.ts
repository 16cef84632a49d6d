/**
 * What waits for somebody's approval, for programs. They decline, and take back what they proposed; they approve where one
 * admin is enough, which is what a portal's own people propose. Where two admins are wanted these are two people.
 */
import { z } from 'zod';
import { isOutdated } from '../../core/client-approval.ts';
import type { ClientRecord, Proposal } from '../../core/client-record.ts';
import type { ClientApproval, Settled } from '../../flows/client-approval.ts';
import { allClients } from '../../flows/client-list.ts';
import { type ClientOperationsPorts, idOf, ONE_CLIENT, ownAffairs, why } from './client-replies.ts';
import { draftBody, draftShape } from './client-shapes.ts';
import { type Operation, operation, type Reply } from './operation.ts';
import { pageOf, pageQuery, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import { actorShape, named, timeBody, timeShape } from './shapes.ts';

export interface ProposalPorts extends ClientOperationsPorts {
  readonly clientApproval: ClientApproval;
}

const proposalShape = named(
  'Proposal',
  z.object({
    client_id: z.string(),
    kind: z.enum(['registration', 'edit', 'removal', 'secret']),
    by: actorShape,
    at: timeShape,
    why: z.string().optional(),
    from: draftShape,
    to: draftShape,
    outdated: z.boolean().meta({ description: 'the client has changed since: it can not be approved' }),
  }),
);
const proposalPage = pageShape('Proposal', proposalShape);
const decision = named('Decision', z.strictObject({ why }));

const ONE_PROPOSAL = `${ONE_CLIENT}/proposal` as const;

type Waiting = ClientRecord & { readonly proposal: Proposal };

const waits = (record: ClientRecord | undefined): record is Waiting => record?.proposal !== undefined;

export function proposalOperations(ports: ProposalPorts): Operation[] {
  return [...reading(ports), ...deciding(ports)];
}

function reading({ clients }: ProposalPorts): Operation[] {
  const base = { method: 'get', scope: 'clients:read' } as const;
  return [
    operation({
      ...base,
      id: 'listProposals',
      summary: 'What waits for approval, in the order of the client_ids',
      path: '/proposals',
      query: pageQuery,
      answer: { status: 200, about: 'a page of proposals', schema: proposalPage },
      handle: ({ query }) =>
        pageOf(
          query,
          async ({ from = '', limit }) =>
            (await allClients(clients))
              .filter(waits)
              .filter(({ metadata }) => metadata.client_id > from)
              .toSorted((a, b) => (a.metadata.client_id < b.metadata.client_id ? -1 : 1))
              .slice(0, limit),
          { placeOf: ({ metadata }) => metadata.client_id, body: proposalBody },
        ),
    }),
    operation({
      ...base,
      id: 'showProposal',
      summary: 'What waits for approval of one client; with the ETag it is decided on',
      path: ONE_PROPOSAL,
      answer: { status: 200, about: 'the proposal', schema: proposalShape, etag: true },
      async handle({ params }) {
        const record = await clients.record(idOf(params));
        if (!waits(record)) return refused('not-found');
        return { ok: true, body: proposalBody(record), tag: `${record.revision}` };
      },
    }),
  ];
}

function deciding({ clients, clientApproval }: ProposalPorts): Operation[] {
  const acts = [
    [
      'approveProposal',
      'approve',
      'Make it what the client is, where one admin is enough',
      clientApproval.approve,
    ],
    ['declineProposal', 'decline', 'Put it aside; a new client is gone with it', clientApproval.reject],
  ] as const;
  const mine = ownAffairs(clients);
  return acts.map(([id, act, summary, decide]) =>
    operation({
      id,
      summary,
      method: 'post',
      path: `${ONE_PROPOSAL}/${act}`,
      scope: 'clients:write',
      body: decision,
      guarded: true,
      answer: { status: 204, about: 'it is decided' },
      problems: ['admins-only', 'wrong-state'],
      handle: (call) =>
        mine(call, async (clientId, doing, record) => {
          if (!waits(record)) return refused('wrong-state', 'no-proposal');
          // Nor does a program become one of this interface by the hand of another.
          if (record.proposal.to.metadata.admin_scopes !== undefined) return refused('admins-only');
          if (record.revision !== doing.basedOn) return refused('changed-meanwhile');
          return decided(await decide(clientId, record.proposal.id, doing));
        }),
    }),
  );
}

function decided(settled: Settled): Reply {
  if (settled.ok) return { ok: true };
  const { because } = settled;
  if (because === 'unknown-client') return refused('not-found');
  if (because === 'people-only') return refused('admins-only');
  if (because === 'proposal-changed') return refused('changed-meanwhile');
  if (because !== 'why-missing') return refused('wrong-state', because);
  return refused('invalid-content', undefined, [{ pointer: '#/why', detail: because }]);
}

function proposalBody(record: Waiting): z.input<typeof proposalShape> {
  const { metadata, proposal } = record;
  const { kind, by, at, why: reason, from, to } = proposal;
  return {
    client_id: metadata.client_id,
    kind,
    by,
    at: timeBody(at),
    why: reason,
    from: draftBody(from),
    to: draftBody(to),
    outdated: isOutdated(proposal, record),
  };
}
