/** `/account/history`: everything that happened to the account, and the way out for whoever did not do it. */
import type { Account } from '../../core/account.ts';
import type { RecordedEvent } from '../../core/event.ts';
import { isUnreadable } from '../../core/unreadable.ts';
import type { OwnSessions } from '../../flows/own-sessions.ts';
import type { History } from '../../flows/ports.ts';
import { browserName } from '../browser-name.ts';
import { namesOfDevices } from '../device-words.ts';
import type { Visit } from '../page.ts';
import type { PortalNames } from '../portal-names.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';
import { OUTCOME_OF } from './event-words.ts';

const PATH = '/account/history';
const PAGE_SIZE = 20;
const LONGEST_CURSOR = 100;

export interface HistoryPagePorts {
  readonly history: History;
  readonly ownSessions: OwnSessions;
  readonly portalNames: PortalNames;
}

export function historyPage({ history, ownSessions, portalNames }: HistoryPagePorts): SignedInPage {
  return {
    path: PATH,
    needs: { level: 'own-highest' },
    async show({ account }, visit, { query }) {
      const { shown, ...ways } = await historyPart(history, account.id, { path: PATH, query });
      const tell = await teller(account, shown, portalNames, visit);
      return {
        view: 'account/history',
        locals: { events: shown.map(tell), ...ways },
      };
    },
    actions: {
      'not-me': action({
        form: {},
        async submit({ account }, _values, { origin }) {
          await ownSessions.endAll(account, origin);
          return { ok: true, notice: 'all-sessions-ended', goTo: '/account/password' };
        },
      }),
    },
  };
}

/** As much of an account's history as a page shows, and the ways to the rest of it. */
export async function historyPart(
  history: History,
  accountId: string,
  { path, query }: { readonly path: string; readonly query: URLSearchParams },
) {
  const before = query.get('before')?.slice(0, LONGEST_CURSOR);
  // One more than is shown tells whether there are older ones.
  const found = await history.of(accountId, PAGE_SIZE + 1, before);
  const shown = found.slice(0, PAGE_SIZE);
  const last = shown.at(-1)?.cursor;
  const older = found.length > PAGE_SIZE && last !== undefined;
  return {
    shown,
    ...(older && { olderHref: `${path}?${new URLSearchParams({ before: last })}` }),
    ...(before !== undefined && { newestHref: path }),
  };
}

/** Puts events of an account into the reader's words. */
export async function teller(
  account: Account,
  events: readonly RecordedEvent[],
  portalNames: PortalNames,
  visit: Visit,
) {
  const clients = events.flatMap((event) => (isUnreadable(event) ? [] : (event.clientId ?? [])));
  const portals = await portalNames(clients, visit);
  const nameOf = namesOfDevices(account, visit);
  return (event: RecordedEvent) => told(event, { portals, nameOf }, visit);
}

interface Named {
  readonly portals: ReadonlyMap<string, string>;
  readonly nameOf: ReturnType<typeof namesOfDevices>;
}

function told(event: RecordedEvent, { portals, nameOf }: Named, { language, t }: Visit) {
  if (isUnreadable(event)) return { what: t('history.unreadable') };
  const { kind, at, by, clientId, address, userAgent, authenticatorId, authenticatorName } = event;
  return {
    what: t(`history.event.${kind}`),
    outcome: OUTCOME_OF[kind],
    when: dateTime(language, at),
    portal: clientId && portals.get(clientId),
    ...(authenticatorName !== undefined && { device: nameOf(authenticatorId, authenticatorName) }),
    // Who works for the office is the office's affair, and so is where they sit.
    ...(by && { by: t(`history.by.${by.kind}`) }),
    ...(address !== undefined && !by && { address, browser: browserName(userAgent, t) }),
  };
}
