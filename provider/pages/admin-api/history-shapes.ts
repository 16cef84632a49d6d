/** What of an entry of a history is shown, and how. */
import { z } from 'zod';
import { DOCUMENT_TYPES } from '../../core/factor-reset-record.ts';
import { clientStateShape } from './client-shapes.ts';
import { actorShape, named, timeShape } from './shapes.ts';

const text = z.string();

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
    was: clientStateShape.optional().meta({ description: 'the client, before it' }),
    is: clientStateShape.optional().meta({ description: 'the client, after it' }),
  }),
);
