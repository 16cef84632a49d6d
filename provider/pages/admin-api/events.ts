/** What happened to one account, for programs, as the desk sees it: who looks leaves the same trace. */
import { z } from 'zod';
import { historyLine } from '../../core/history-line.ts';
import type { Looking } from '../../flows/desk/looking.ts';
import { foundEvents } from '../../flows/found-events.ts';
import type { Accounts, History } from '../../flows/ports.ts';
import { ONE_ACCOUNT } from './account-changes.ts';
import { eventFilter, filterOf } from './history-query.ts';
import { changesShape, documentShape } from './history-shapes.ts';
import { type Operation, operation } from './operation.ts';
import { pageOf, pageQuery, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import { actorShape, named, timeShape, unreadableShape } from './shapes.ts';

export interface EventOperationsPorts {
  readonly accounts: Accounts;
  readonly history: History;
  readonly lookedAt: Looking;
}

const text = z.string().optional();

const eventShape = named(
  'Event',
  z.object({
    kind: z.string().meta({ description: 'login, password-changed and the like; may grow' }),
    at: timeShape,
    because: text.meta({ description: 'why it was refused' }),
    by: actorShape.optional().meta({ description: 'where it was not the person' }),
    why: text,
    level: text,
    factor: text,
    role: text,
    client_id: text,
    address: text,
    user_agent: text,
    device: text,
    changes: changesShape,
    document: documentShape,
  }),
);
const eventPage = pageShape('Event', z.union([eventShape, unreadableShape]));
const eventQuery = pageQuery.extend(eventFilter);

export function eventOperations({ accounts, history, lookedAt }: EventOperationsPorts): Operation[] {
  return [
    operation({
      id: 'listEvents',
      summary: 'What happened to an account, newest first',
      method: 'get',
      path: `${ONE_ACCOUNT}/history`,
      scope: 'history:read',
      query: eventQuery,
      answer: { status: 200, about: 'a page of events', schema: eventPage },
      async handle(call) {
        const account = await accounts.find(call.params.account_id ?? '');
        if (!account) return refused('not-found');
        const filter = filterOf(call.query);
        const page = await pageOf(
          call.query,
          ({ from: before, limit }) => foundEvents(history, account.id, filter, { limit, before }),
          {
            placeOf: ({ cursor }) => cursor,
            body: (event) => historyLine({ ...event }, { history: 'account' }),
          },
        );
        await lookedAt(account.id, call);
        return page;
      },
    }),
  ];
}
