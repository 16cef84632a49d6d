/** `/admin/clients`: all clients, looked for by a word, sorted, a page at a time. */
import { clientName } from '../../../core/client.ts';
import { kindOf } from '../../../core/client-kind.ts';
import type { ClientRecord } from '../../../core/client-record.ts';
import { CLIENT_SORTS, type ClientQuery, clientList } from '../../../flows/client-list.ts';
import type { Clients } from '../../../flows/ports.ts';
import type { Visit } from '../../page.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { dateTime } from '../../texts.ts';
import { adminPage } from '../admin-page.ts';

export const CLIENTS_PATH = '/admin/clients';
const AT_ONCE = 25;

export function listPage(clients: Clients): SignedInPage {
  return adminPage({
    path: CLIENTS_PATH,
    for: ['admin'],
    async show(_who, visit, { query: asked }) {
      const query = queryOf(asked);
      const { records, total, next } = await clientList(clients, query);
      const { search, sort } = query;
      const nextHref = next && `${CLIENTS_PATH}?${new URLSearchParams({ q: search, sort, after: next })}`;
      return {
        view: 'admin/clients/list',
        locals: {
          query,
          sorts: CLIENT_SORTS,
          total,
          nextHref,
          clients: records.map((one) => summary(one, visit)),
        },
      };
    },
  });
}

function queryOf(asked: URLSearchParams): ClientQuery {
  const after = asked.get('after');
  return {
    search: (asked.get('q') ?? '').slice(0, 100),
    sort: CLIENT_SORTS.find((sort) => sort === asked.get('sort')) ?? 'name',
    limit: AT_ONCE,
    ...(after !== null && { after }),
  };
}

export const hrefOf = (id: string) => `${CLIENTS_PATH}/${encodeURIComponent(id)}`;

/** What lists tell of a client. */
export function summary(record: ClientRecord, { language, t }: Visit) {
  const { metadata, changedAt } = record;
  return {
    id: metadata.client_id,
    href: hrefOf(metadata.client_id),
    name: clientName(metadata, language),
    kind: t(`clientKind.${kindOf(metadata)}`),
    state: clientState(record),
    changedAt: dateTime(language, changedAt),
  };
}

export function clientState({ status, proposal, test }: ClientRecord) {
  if (proposal) return 'waiting';
  if (status === 'disabled') return 'disabled';
  return test ? 'test' : 'active';
}
