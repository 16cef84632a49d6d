/** What happened to one account, for programs, as the desk sees it: who looks leaves the same trace. */
import { z } from 'zod';
import type { RecordedEvent } from '../../core/event.ts';
import { DOCUMENT_TYPES } from '../../core/factor-reset-record.ts';
import { isUnreadable, UNREADABLE, type Unreadable } from '../../core/unreadable.ts';
import type { Looking } from '../../flows/desk/looking.ts';
import { foundEvents } from '../../flows/found-events.ts';
import type { Accounts, History } from '../../flows/ports.ts';
import { ONE_ACCOUNT } from './account-changes.ts';
import { eventFilter, filterOf } from './history-query.ts';
import { type Operation, operation } from './operation.ts';
import { pageOf, pageQuery, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import { actorShape, named, PERSON_MEMBERS, timeBody, timeShape, unreadableShape } from './shapes.ts';

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
    changes: z
      .array(z.object({ field: z.string(), was: text, is: text }))
      .optional()
      .meta({ description: 'of a correction' }),
    document: z
      .object({ type: z.enum(DOCUMENT_TYPES), ending: z.string() })
      .optional()
      .meta({ description: 'that the desk has seen' }),
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
          { placeOf: ({ cursor }) => cursor, body: eventBody },
        );
        await lookedAt(account.id, call);
        return page;
      },
    }),
  ];
}

const MEMBER_OF = new Map<string, string>(Object.entries(PERSON_MEMBERS).map(([name, ours]) => [ours, name]));

function eventBody(event: RecordedEvent): z.input<typeof eventShape> | Unreadable {
  if (isUnreadable(event)) return UNREADABLE;
  const { kind, at, because, by, why, level, factor, role, address, document, changes } = event;
  const { clientId: client_id, userAgent: user_agent, authenticatorName: device } = event;
  return {
    ...{ kind, at: timeBody(at), because, by, why, level, factor, role },
    ...{ address, client_id, user_agent, device, document },
    changes: changes?.map((one) => ({ ...one, field: MEMBER_OF.get(one.field) ?? one.field })),
  };
}
