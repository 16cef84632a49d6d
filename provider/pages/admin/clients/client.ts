/** `/admin/clients/:id`: what a client is and was, and all that is done to it but editing. */
import { clientName } from '../../../core/client.ts';
import { isOutdated, isSame } from '../../../core/client-approval.ts';
import { kindOf } from '../../../core/client-kind.ts';
import { type ClientRecord, type ClientVersion, draftOf, liveSecrets } from '../../../core/client-record.ts';
import { TRIAL_PATH } from '../../../core/trial.ts';
import type { Visit } from '../../page.ts';
import type { SignedIn } from '../../signed-in/guard.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { dateTime } from '../../texts.ts';
import { adminPage, doingOf } from '../admin-page.ts';
import { loginFigures } from '../login-figures.ts';
import { clientActions } from './client-actions.ts';
import type { ClientPagesPorts, ClientPagesSettings } from './client-ports.ts';
import { differencesInWords } from './difference-words.ts';
import { CLIENTS_PATH, clientState, hrefOf } from './list.ts';
import { snippetsFor } from './snippets.ts';

const VERSIONS_SHOWN = 20;
const PERIODS = ['day', 'week', 'month'] as const;
const blank = (client_id: string) => ({ metadata: { client_id }, test: false, owners: [] });

export function clientPage(ports: ClientPagesPorts, settings: ClientPagesSettings): SignedInPage {
  const { clients, accounts, clock, statistics } = ports;

  async function ownersOf({ owners }: ClientRecord): Promise<string[]> {
    const found = await Promise.all(owners.map((id) => accounts.find(id)));
    return found.flatMap((account) => (account ? [account.username] : []));
  }

  return adminPage({
    path: `${CLIENTS_PATH}/:id`,
    for: ['admin'],
    async show(who, visit, { params: { id = '' } }) {
      const record = await clients.record(id);
      if (!record) return undefined;
      const versions = await clients.versions(id, { limit: VERSIONS_SHOWN });
      const { metadata, revision } = record;
      return {
        view: 'admin/clients/client',
        locals: {
          id,
          revision,
          name: clientName(metadata, visit.language),
          kind: kindOf(metadata),
          state: clientState(record),
          status: record.status,
          facts: differencesInWords(blank(id), draftOf({ ...record, owners: [], test: false }), visit.t),
          figures: await Promise.all(PERIODS.map((period) => loginFigures(statistics, period, visit, id))),
          secrets: liveSecrets(record.secrets, clock.now()).map(({ createdAt, endsAt }) => ({
            createdAt,
            since: dateTime(visit.language, createdAt),
            until: endsAt && dateTime(visit.language, endsAt),
          })),
          hasLogo: metadata.logo_uri !== undefined,
          owners: await ownersOf(record),
          proposal: proposalInWords(record, who, visit),
          versions: versions.map(({ version }) => version && versionInWords(version, visit)),
          snippets: snippetsFor(metadata, settings.issuer),
          trial: trialOf(record, settings),
          editHref: `${hrefOf(id)}/edit`,
          copyHref: `${hrefOf(id)}/copy`,
        },
      };
    },
    actions: clientActions(ports),
  });
}

function proposalInWords(record: ClientRecord, who: SignedIn, visit: Visit) {
  const { proposal } = record;
  if (!proposal) return undefined;
  return {
    kind: proposal.kind,
    by: proposal.by.name,
    id: proposal.id,
    when: dateTime(visit.language, proposal.at),
    why: proposal.why,
    own: isSame(proposal.by, doingOf(who, visit).by),
    outdated: isOutdated(proposal, record),
    differences: differencesInWords(proposal.from, proposal.to, visit.t),
  };
}

function versionInWords({ revision, act, at, by, why, was, is }: ClientVersion, { language, t }: Visit) {
  return {
    revision,
    act: t(`clientAct.${act}`),
    when: dateTime(language, at),
    by: by.name,
    why,
    differences: was ? differencesInWords(was, is, t) : [],
  };
}

/** In production a login begins at the portal alone: an answer that it did not ask for it must refuse. */
function trialOf({ metadata }: ClientRecord, { production, issuer }: ClientPagesSettings) {
  if (kindOf(metadata) === 'machine') return undefined;
  if (!production) return { post: TRIAL_PATH };
  const { initiate_login_uri: begin, client_uri: portal } = metadata;
  if (typeof begin === 'string')
    return { href: `${begin}${begin.includes('?') ? '&' : '?'}iss=${encodeURIComponent(issuer)}` };
  return typeof portal === 'string' ? { href: portal } : undefined;
}
