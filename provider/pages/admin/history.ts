/** `/admin/history`: what staff, programs and the command line did, with whom and with which client; all of it to save. */
import { Readable } from 'node:stream';
import { type Account, displayName } from '../../core/account.ts';
import type { HistoryFilter } from '../../core/history-filter.ts';
import { historyLine } from '../../core/history-line.ts';
import { endOfDay, startOfDay } from '../../core/hungary.ts';
import { JOURNAL_KINDS, type JournalEntry } from '../../core/journal.ts';
import { isUnreadable, type Unreadable } from '../../core/unreadable.ts';
import type { Accounts, Journal, Searches } from '../../flows/ports.ts';
import { wholeJournal } from '../../flows/whole-journal.ts';
import type { Visit } from '../page.ts';
import type { PortalNames } from '../portal-names.ts';
import type { SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';
import { accountHref } from './accounts/words.ts';
import { adminAction, adminPage } from './admin-page.ts';
import { hrefOf } from './clients/list.ts';
import { searchOn } from './search.ts';

export interface AdminHistoryPagePorts {
  readonly journal: Journal;
  readonly accounts: Accounts;
  readonly searches: Searches;
  readonly portalNames: PortalNames;
}

const PATH = '/admin/history';
const SHOWN = 25;
const LONGEST = 300;
const TERM = { maxLength: LONGEST, optional: true } as const;
const FILTERS = { person: TERM, client: TERM, kind: TERM, outcome: TERM, from: TERM, to: TERM } as const;
const OUTCOMES = ['accepted', 'refused'] as const;

type Asked = Partial<Record<keyof typeof FILTERS, string>>;

export function adminHistoryPage(ports: AdminHistoryPagePorts): SignedInPage {
  const { journal, accounts, searches } = ports;
  const search = searchOn(PATH, searches);
  return adminPage({
    path: PATH,
    for: ['admin'],
    async show(who, visit, { query, typed }) {
      const sought = await search.sought(who, { query });
      const asked: Asked = typed ?? sought?.terms ?? {};
      const before = query.get('before')?.slice(0, LONGEST);
      const filter = sought && (await filterOf(asked, accounts));
      const page = { limit: SHOWN, ...(before !== undefined && { before }) };
      const { entries, next } = filter ? await journal.find(filter, page) : { entries: [] };
      return {
        view: 'admin/history',
        locals: {
          asked,
          lapsed: sought === undefined,
          unknown: filter === undefined,
          kinds: JOURNAL_KINDS.map((kind) => ({ kind, label: actInWords(kind, visit) })),
          outcomes: OUTCOMES,
          acts: await told(entries, ports, visit),
          ...(filter && { saveHref: hrefWith(`${PATH}/acts`, sought?.query) }),
          ...(next !== undefined && { olderHref: hrefWith(PATH, { ...sought?.query, before: next }) }),
          ...(before !== undefined && { newestHref: hrefWith(PATH, sought?.query) }),
        },
      };
    },
    actions: {
      '': adminAction({
        changes: false,
        form: FILTERS,
        submit: (who, values) => search.begin(who, values),
      }),
    },
    files: {
      async acts(who, { t }, asked) {
        const sought = await search.sought(who, asked);
        const filter = sought && (await filterOf(sought.terms, accounts));
        const body = Readable.from(filter ? lines(journal, filter) : []);
        return { fileName: t('journal.fileName'), type: 'application/x-ndjson', body };
      },
    },
  });
}

/** Undefined for a person whom nobody knows: nothing was done with them, and not everything. */
async function filterOf(asked: Asked, accounts: Accounts): Promise<HistoryFilter | undefined> {
  const { person, client, kind } = asked;
  const account = person === undefined ? undefined : await accounts.findByUsername(person);
  if (person !== undefined && !account) return undefined;
  const outcome = OUTCOMES.find((one) => one === asked.outcome);
  const from = startOfDay(asked.from);
  // The last day is meant whole.
  const to = endOfDay(asked.to);
  return {
    ...(account && { account: account.id }),
    ...(client !== undefined && { client }),
    ...(kind !== undefined && { kind }),
    ...(outcome && { outcome }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

const hrefWith = (path: string, query: Readonly<Record<string, string>> = {}) =>
  `${path}?${new URLSearchParams(query)}`;

async function* lines(journal: Journal, filter: HistoryFilter): AsyncGenerator<string> {
  for await (const entry of wholeJournal(journal, filter))
    yield `${JSON.stringify(historyLine({ ...entry }, { history: 'journal' }))}\n`;
}

async function told(entries: readonly Told[], ports: AdminHistoryPagePorts, visit: Visit) {
  const { accounts, portalNames } = ports;
  const acts = entries.flatMap((entry) => (isUnreadable(entry) ? [] : entry));
  const ids = [...new Set(acts.flatMap(({ accountId }) => accountId ?? []))];
  const people = await Promise.all(ids.map(async (id) => [id, await accounts.find(id)] as const));
  const names = await portalNames(
    acts.flatMap(({ clientId }) => clientId ?? []),
    visit,
  );
  const known = { people: new Map(people), names };
  return entries.map((entry) => inWords(entry, known, visit));
}

type Told = JournalEntry | Unreadable;

interface Known {
  readonly people: ReadonlyMap<string, Account | undefined>;
  readonly names: ReadonlyMap<string, string>;
}

function inWords(entry: Told, { people, names }: Known, visit: Visit) {
  const { language, t } = visit;
  if (isUnreadable(entry)) return { what: t('history.unreadable') };
  const { kind, at, by, why, because, role, letters, accountId, clientId, address } = entry;
  const person = people.get(accountId ?? '');
  return {
    what: actInWords(kind, visit),
    when: dateTime(language, at),
    by: by.name || (person && displayName(person, language)) || by.id,
    stopped: because !== undefined || kind === 'access-refused',
    ...(because && { because: t(`refusal.${because}`) }),
    ...(letters && { letters }),
    ...(role && { role: t(`console.role.${role}`) }),
    ...(person && { person: `${displayName(person, language)} (${person.username})` }),
    ...(accountId && { personHref: accountHref(accountId) }),
    ...(clientId && { client: names.get(clientId) ?? clientId, clientHref: hrefOf(clientId) }),
    ...(why && { why }),
    ...(address && { address }),
  };
}

function actInWords(kind: JournalEntry['kind'], { t }: Visit): string {
  return t([`journal.act.${kind}`, `history.event.${kind}`]);
}
