/**
 * Removals of a lost second factor that are under way, for programs: they see them and can stop them. Asking and confirming
 * is for people, who have seen a document.
 */
import { z } from 'zod';
import { DOCUMENT_TYPES } from '../../core/factor-reset-record.ts';
import type { FactorResets } from '../../flows/desk/factor-reset.ts';
import { deskDoing, ONE_ACCOUNT, reason, refusedBecause } from './account-changes.ts';
import { type Operation, operation } from './operation.ts';
import { actorShape, named, timeBody, timeShape } from './shapes.ts';

const resetShape = named(
  'FactorReset',
  z.object({
    id: z.string(),
    account_id: z.string(),
    asked_at: timeShape,
    asked_by: actorShape,
    document: z.object({ type: z.enum(DOCUMENT_TYPES), ending: z.string() }),
    confirmed_by: actorShape.optional().meta({ description: 'absent: it waits for a second person' }),
    due_at: timeShape.optional().meta({ description: 'until then the person can object' }),
  }),
);
const all = named('FactorResetList', z.object({ items: z.array(resetShape) }));

type Pending = Awaited<ReturnType<FactorResets['pending']>>[number];

export function factorResetOperations(resets: FactorResets): Operation[] {
  return [
    operation({
      id: 'listFactorResets',
      summary: 'Second factors that the desk is about to remove, the next due first',
      method: 'get',
      path: '/factor-resets',
      scope: 'accounts:read',
      answer: { status: 200, about: 'the next hundred', schema: all },
      handle: async () => ({ ok: true, body: { items: (await resets.pending()).map(resetBody) } }),
    }),
    operation({
      id: 'withdrawFactorReset',
      summary: 'Stop one that is under way',
      method: 'post',
      path: `${ONE_ACCOUNT}/factor-resets/{reset_id}/withdraw`,
      scope: 'accounts:write',
      body: reason,
      answer: { status: 204, about: 'the second factor stays' },
      problems: ['admins-only', 'wrong-state'],
      async handle(call) {
        const { account_id: accountId = '', reset_id: id = '' } = call.params;
        const withdrawn = await resets.withdraw(accountId, id, deskDoing(call));
        return withdrawn.ok ? { ok: true } : refusedBecause(withdrawn.because);
      },
    }),
  ];
}

function resetBody({ account, reset }: Pending): z.input<typeof resetShape> {
  const { id, askedAt, askedBy, document, confirmed } = reset;
  return {
    id,
    account_id: account.id,
    asked_at: timeBody(askedAt),
    asked_by: askedBy,
    document,
    ...(confirmed && { confirmed_by: confirmed.by, due_at: timeBody(confirmed.until) }),
  };
}
