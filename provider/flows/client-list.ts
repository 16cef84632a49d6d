/** Clients as an admin looks for them: by a word, in an order, a page at a time. */
import { clientName } from '../core/client.ts';
import type { ClientRecord } from '../core/client-record.ts';
import type { Clients } from './ports.ts';

export const CLIENT_SORTS = ['name', 'changed', 'id'] as const;
export type ClientSort = (typeof CLIENT_SORTS)[number];

export interface ClientQuery {
  /** Part of a name, an id or an address. */
  readonly search: string;
  readonly sort: ClientSort;
  /** Where the page before ended. */
  readonly after?: string;
  readonly limit: number;
}

export interface ClientPage {
  readonly total: number;
  readonly records: readonly ClientRecord[];
  readonly next?: string;
}

const READ_AT_ONCE = 500;

export async function allClients(clients: Clients): Promise<ClientRecord[]> {
  const found: ClientRecord[] = [];
  for (;;) {
    const after = found.at(-1)?.metadata.client_id;
    const page = await clients.list({ limit: READ_AT_ONCE, ...(after !== undefined && { after }) });
    found.push(...page);
    if (page.length < READ_AT_ONCE) return found;
  }
}

/** Whole countries have some thousand portals: they are read and sorted for each page. */
export async function clientList(clients: Clients, query: ClientQuery): Promise<ClientPage> {
  const word = query.search.trim().toLocaleLowerCase('hu');
  const found = (await allClients(clients)).filter((record) => textOf(record).includes(word));
  const { keyOf, order } = ORDERS[query.sort];
  const placeOf = (record: ClientRecord): Place => [keyOf(record), record.metadata.client_id];
  const between = ([a, one]: Place, [b, other]: Place) => order(a, b) || byCode(one, other);
  const sorted = found.toSorted((a, b) => between(placeOf(a), placeOf(b)));
  const after = query.after === undefined ? undefined : placeIn(query.after);
  const left = after ? sorted.filter((one) => between(placeOf(one), after) > 0) : sorted;
  const records = left.slice(0, query.limit);
  const last = left.length > query.limit ? records.at(-1) : undefined;
  return { total: found.length, records, ...(last && { next: placeOf(last).join('\n') }) };
}

/** What a list is sorted by, and the id where that is the same: it stays a place when the client there is removed. */
type Place = readonly [key: string, id: string];

/** Hostile: what was never a place leads to some other page, or to an empty one. */
function placeIn(after: string): Place {
  const end = after.lastIndexOf('\n');
  return [after.slice(0, Math.max(end, 0)), after.slice(end + 1)];
}

const { compare } = new Intl.Collator('hu');
/** The store's own order; no two ids are the same in it. */
const byCode = (one: string, other: string) => Number(one > other) - Number(one < other);

interface Order {
  readonly keyOf: (record: ClientRecord) => string;
  readonly order: (one: string, other: string) => number;
}

const ORDERS: Readonly<Record<ClientSort, Order>> = {
  name: { keyOf: ({ metadata }) => clientName(metadata, 'hu'), order: compare },
  changed: { keyOf: ({ changedAt }) => `${changedAt}`, order: (one, other) => Number(other) - Number(one) },
  id: { keyOf: () => '', order: byCode },
};

function textOf({ metadata }: ClientRecord): string {
  const names = [metadata.client_name, metadata['client_name#hu'], metadata['client_name#en']];
  return [metadata.client_id, ...names, ...(metadata.redirect_uris ?? [])].join('\n').toLocaleLowerCase('hu');
}
