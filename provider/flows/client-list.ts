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
  /** The id of the last one of the page before. */
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
  const sorted = found.toSorted(ORDER[query.sort]);
  const from = sorted.findIndex(({ metadata }) => metadata.client_id === query.after) + 1;
  const records = sorted.slice(from, from + query.limit);
  const last = records.at(-1)?.metadata.client_id;
  const more = from + query.limit < sorted.length && last !== undefined;
  return { total: found.length, records, ...(more && { next: last }) };
}

const { compare } = new Intl.Collator('hu');
type Order = (a: ClientRecord, b: ClientRecord) => number;

const ORDER: Readonly<Record<ClientSort, Order>> = {
  name: (a, b) => compare(clientName(a.metadata, 'hu'), clientName(b.metadata, 'hu')),
  changed: (a, b) => b.changedAt - a.changedAt,
  id: (a, b) => compare(a.metadata.client_id, b.metadata.client_id),
};

function textOf({ metadata }: ClientRecord): string {
  const names = [metadata.client_name, metadata['client_name#hu'], metadata['client_name#en']];
  return [metadata.client_id, ...names, ...(metadata.redirect_uris ?? [])].join('\n').toLocaleLowerCase('hu');
}
