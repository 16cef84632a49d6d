/** `/account/clients`: a portal's own people register test clients, edit drafts of theirs and ask for approval. */
import { clientName } from '../../../core/client.ts';
import type { ClientKind } from '../../../core/client-kind.ts';
import type { ClientRecord } from '../../../core/client-record.ts';
import { needsSecret } from '../../../flows/clients.ts';
import type { Visit } from '../../page.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminAction, adminPage, doingOf } from '../admin-page.ts';
import type { ClientPagesPorts, ClientPagesSettings } from './client-ports.ts';
import { differencesInWords } from './difference-words.ts';
import { editor } from './editor.ts';
import { beginning, changing, editorPage, newIdOf } from './editor-page.ts';
import { editWords, noticeOf } from './editors.ts';
import { clientState, summary } from './list.ts';
import { secretView } from './secret.ts';
import { snippetsFor } from './snippets.ts';

export const OWN_CLIENTS_PATH = '/account/clients';
const NEW_PATH = '/account/new-client';
/** Others need what an admin alone can give. */
const KINDS: readonly ClientKind[] = ['web', 'app'];
const hrefOf = (id: string) => `${OWN_CLIENTS_PATH}/${encodeURIComponent(id)}`;

export function ownPages(ports: ClientPagesPorts, settings: ClientPagesSettings): SignedInPage[] {
  return [listPage(ports), createPage(ports, settings), showPage(ports, settings), editPage(ports, settings)];
}

function listPage({ ownClients }: ClientPagesPorts): SignedInPage {
  return adminPage({
    path: OWN_CLIENTS_PATH,
    for: 'anybody',
    async show({ account }, visit) {
      const records = await ownClients.list(account.id);
      const clients = records.map((one) => ({
        ...summary(one, visit),
        href: hrefOf(one.metadata.client_id),
      }));
      return {
        view: 'admin/clients/own-list',
        locals: { clients, kinds: KINDS.map((kind) => ({ kind, href: `${NEW_PATH}/${kind}` })) },
      };
    },
  });
}

function createPage(ports: ClientPagesPorts, { acrValues }: ClientPagesSettings): SignedInPage {
  const form = editor({ mayAll: false, acrValues, ...ports });
  return editorPage({
    path: `${NEW_PATH}/:kind`,
    for: 'anybody',
    form,
    begin: beginning({ kinds: KINDS, test: true, random: ports.random, acrValues }),
    words: ({ t }) => ({
      title: t('ownClients.newTitle'),
      lead: t('ownClients.newLead'),
      submit: t('clientForm.create'),
      back: { href: OWN_CLIENTS_PATH, label: t('ownClients.back') },
    }),
    async save({ who, visit, values, edited, draft }) {
      const client_id = newIdOf({ values, draft });
      const wanted = { ...draft, metadata: { ...draft.metadata, client_id } };
      const doing = doingOf(who, visit, values.why);
      const registered = await ports.ownClients.create(who.account.id, wanted, doing);
      if (registered.ok) return { ok: true, view: secretView(registered, hrefOf(client_id), visit) };
      return registered.because === 'too-many-clients' ? registered : form.refusal(registered, edited);
    },
  });
}

function showPage(
  { ownClients, clientSecrets }: ClientPagesPorts,
  { issuer }: ClientPagesSettings,
): SignedInPage {
  return adminPage({
    path: `${OWN_CLIENTS_PATH}/:id`,
    for: 'anybody',
    async show({ account }, visit, { params: { id = '' } }) {
      const record = await ownClients.find(account.id, id);
      return record && { view: 'admin/clients/own', locals: ownLocals(record, visit, issuer) };
    },
    actions: {
      'issue-secret': adminAction({
        form: { revision: { maxLength: 20 } },
        async submit(who, { revision }, visit, { params: { id = '' } }) {
          const record = await ownClients.find(who.account.id, id);
          if (!record?.test) return { ok: false, because: 'unknown-client' };
          const issued = await clientSecrets.issue(id, 0, {
            ...doingOf(who, visit),
            basedOn: Number(revision),
          });
          if (!issued.ok) return { ok: false, because: issued.because };
          const secret = 'secret' in issued ? issued.secret : '';
          return { ok: true, view: secretView({ metadata: record.metadata, secret }, hrefOf(id), visit) };
        },
      }),
    },
  });
}

function ownLocals(record: ClientRecord, { language, t }: Visit, issuer: string) {
  const { metadata, proposal, revision, test } = record;
  return {
    id: metadata.client_id,
    revision,
    name: clientName(metadata, language),
    state: clientState(record),
    test,
    hasSecret: needsSecret(metadata),
    proposed: proposal && differencesInWords(proposal.from, proposal.to, t),
    snippets: snippetsFor(metadata, issuer),
    editHref: `${hrefOf(metadata.client_id)}/edit`,
  };
}

function editPage(ports: ClientPagesPorts, { acrValues }: ClientPagesSettings): SignedInPage {
  const { clients, ownClients } = ports;
  const form = editor({ mayAll: false, acrValues, ...ports });
  return editorPage({
    path: `${OWN_CLIENTS_PATH}/:id/edit`,
    for: 'anybody',
    form,
    async begin({ account }, { id = '' }) {
      const record = await ownClients.find(account.id, id);
      return record && { ...changing(record, clients), ...(record.test && { more: ['go_live'] }) };
    },
    words: (visit, { draft }) => editWords(visit, 'ownClients.editLead', hrefOf(draft.metadata.client_id)),
    async save({ who, visit, values, edited, draft }) {
      const { client_id } = edited.draft.metadata;
      const wanted = { draft, basedOn: Number(values.revision), goLive: values.go_live === 'yes' };
      const doing = doingOf(who, visit, values.why);
      const changed = await ownClients.edit(who.account.id, client_id, wanted, doing);
      if (!changed.ok) return form.refusal(changed, edited);
      return { ok: true, notice: noticeOf(changed.record), goTo: hrefOf(client_id) };
    },
  });
}
