/** The journal, for programs: what staff, programs and the command line did, looked through by filters. */
import { z } from 'zod';
import { historyLine } from '../../core/history-line.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { Unreadable } from '../../core/unreadable.ts';
import type { Journal } from '../../flows/ports.ts';
import { wholeJournal } from '../../flows/whole-journal.ts';
import { filterOf, journalFilter } from './history-query.ts';
import { historyLineShape } from './history-shapes.ts';
import { type Operation, operation } from './operation.ts';
import { fromCursor, pageQuery, pageReply, pageShape } from './paging.ts';
import { actorShape, named, timeShape, unreadableShape } from './shapes.ts';

const journalQuery = pageQuery.extend(journalFilter);
const exportQuery = z.strictObject(journalFilter);

const entryShape = named(
  'JournalEntry',
  z.object({
    kind: z.string().meta({ description: 'account-locked, edited and the like; may grow' }),
    at: timeShape,
    by: actorShape,
    account_id: z.string().optional(),
    client_id: z.string().optional(),
    revision: z.int().optional().meta({ description: 'of the client, after it' }),
    role: z.string().optional(),
    letters: z.int().optional().meta({ description: 'how many mails or notices' }),
    letter: z.string().optional().meta({ description: 'which, if it is one' }),
    why: z.string().optional(),
    because: z.string().optional().meta({ description: 'why it was refused' }),
    address: z.string().optional(),
  }),
);
const journalPage = pageShape('JournalEntry', z.union([entryShape, unreadableShape]));

export function journalOperations(journal: Journal): Operation[] {
  return [
    operation({
      id: 'listJournal',
      summary:
        'What was done with accounts and clients, newest first; a page may be short or empty and others follow',
      method: 'get',
      path: '/history',
      scope: 'history:read',
      query: journalQuery,
      answer: { status: 200, about: 'a page of the journal', schema: journalPage },
      async handle({ query: { limit, cursor, ...asked } }) {
        const before = cursor === undefined ? {} : { before: fromCursor(cursor) };
        const { entries, next } = await journal.find(filterOf(asked), { limit, ...before });
        return pageReply(entries.map(body), next);
      },
    }),
    operation({
      id: 'exportJournal',
      summary: 'All of it that the filters let through, newest first, an entry on each line',
      method: 'get',
      path: '/history/export',
      scope: 'history:read',
      query: exportQuery,
      answer: { status: 200, about: 'the entries', schema: historyLineShape, lines: true },
      handle: async ({ query }) => ({ ok: true, lines: told(wholeJournal(journal, filterOf(query))) }),
    }),
  ];
}

const body = (entry: JournalEntry | Unreadable) => historyLine({ ...entry }, { history: 'journal' });

async function* told(entries: AsyncIterable<JournalEntry | Unreadable>) {
  for await (const entry of entries) yield body(entry);
}
