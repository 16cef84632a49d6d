/** What a program may ask of the histories. */
import { z } from 'zod';
import type { HistoryFilter } from '../../core/history-filter.ts';

const text = z.string().min(1).max(300).optional();
const moment = z.iso.datetime({ offset: true }).optional().meta({ description: 'ISO 8601' });

export const eventFilter = {
  client_id: text,
  kind: text,
  outcome: z.enum(['accepted', 'refused']).optional(),
  from: moment,
  to: moment,
};

export const journalFilter = {
  account_id: text.meta({ description: 'who did it, or with whose account it was done' }),
  ...eventFilter,
};

const filterShape = z.object(journalFilter);

export function filterOf(asked: z.output<typeof filterShape>): HistoryFilter {
  const { account_id: account, client_id: client, kind, outcome, from, to } = asked;
  return {
    ...(account !== undefined && { account }),
    ...(client !== undefined && { client }),
    ...(kind !== undefined && { kind }),
    ...(outcome !== undefined && { outcome }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(to !== undefined && { to: Date.parse(to) }),
  };
}
