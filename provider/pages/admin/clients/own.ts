/** `/account/clients`: a portal's own people register test clients, edit drafts of theirs and ask for approval. */
import { clientName } from '../../../core/client.ts';
import { asClientKind, type ClientKind, kindOf } from '../../../core/client-kind.ts';
import { type ClientRecord, draftOf } from '../../../core/client-record.ts';
import { needsSecret } from '../../../flows/clients.ts';
import type { Visit } from '../../page.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminAction, adminPage, doingOf, freshPage } from '../admin-page.ts';
import type { ClientPagesPorts, ClientPagesSettings } from './client-ports.ts';
import { differencesInWords } from './difference-words.ts';
import { type Edited, editor } from './editor.ts';
import { earlier, emptyDraft } from './editors.ts';
import { CLIENT_FORM } from './fields.ts';
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
  const words = ({ t }: Visit) => ({
    title: t('ownClients.newTitle'),
    lead: t('ownClients.newLead'),
    submit: t('clientForm.create'),
    back: { href: OWN_CLIENTS_PATH, label: t('ownClients.back') },
  });
  const begun = (kind: ClientKind): Edited => ({
    kind,
    draft: emptyDraft(kind, ports.random.id(), acrValues.substantial, true),
    revision: 0,
  });
  const kindIn = (text: string | undefined) => KINDS.find((kind) => kind === asClientKind(text));

  return freshPage({
    path: `${NEW_PATH}/:kind`,
    for: 'anybody',
    show(_who, visit, asked) {
      const kind = kindIn(asked.params.kind);
      return kind && form.show(begun(kind), words(visit), visit, asked);
    },
    actions: {
      '': adminAction({
        form: CLIENT_FORM,
        async submit(who, values, visit, { params }) {
          const edited = begun(kindIn(params.kind) ?? 'web');
          const read = form.read(values, edited);
          if (!read.ok) return read;
          const id = values.id || read.draft.metadata.client_id;
          const metadata = { ...read.draft.metadata, client_id: id };
          const draft = { ...read.draft, metadata };
          const registered = await ports.ownClients.create(
            who.account.id,
            draft,
            doingOf(who, visit, values.why),
          );
          if (registered.ok) return { ok: true, view: secretView(registered, hrefOf(id), visit) };
          return registered.because === 'too-many-clients' ? registered : form.refusal(registered, edited);
        },
      }),
      'fetch-keys': adminAction({
        form: CLIENT_FORM,
        submit: async (_who, values, visit, { params }) => ({
          ok: true,
          view: await form.tried(values, begun(kindIn(params.kind) ?? 'web'), words(visit), visit),
        }),
      }),
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
  const forms = {
    test: editor({ mayAll: false, acrValues, ...ports, more: ['go_live'] }),
    live: editor({ mayAll: false, acrValues, ...ports }),
  };
  const words = ({ t }: Visit, id: string) => ({
    title: t('clientForm.edit'),
    lead: t('ownClients.editLead'),
    submit: t('clientForm.save'),
    back: { href: hrefOf(id), label: t('clientForm.back') },
  });

  async function edited(accountId: string, id: string) {
    const record = await ownClients.find(accountId, id);
    if (!record) return undefined;
    const client: Edited = {
      kind: kindOf(record.metadata),
      draft: draftOf(record),
      revision: record.revision,
      before: earlier(clients, id),
    };
    return { client, form: record.test ? forms.test : forms.live };
  }

  return freshPage({
    path: `${OWN_CLIENTS_PATH}/:id/edit`,
    for: 'anybody',
    async show({ account }, visit, asked) {
      const { id = '' } = asked.params;
      const found = await edited(account.id, id);
      return found?.form.show(found.client, words(visit, id), visit, asked);
    },
    actions: {
      '': adminAction({
        form: CLIENT_FORM,
        async submit(who, values, visit, { params: { id = '' } }) {
          const found = await edited(who.account.id, id);
          if (!found) return { ok: false, because: 'unknown-client' };
          const read = found.form.read(values, found.client);
          if (!read.ok) return read;
          const wanted = {
            draft: read.draft,
            basedOn: Number(values.revision),
            goLive: values.go_live === 'yes',
          };
          const changed = await ownClients.edit(who.account.id, id, wanted, doingOf(who, visit, values.why));
          if (!changed.ok) return found.form.refusal(changed, found.client);
          return {
            ok: true,
            notice: changed.record.proposal ? 'client-proposed' : 'client-saved',
            goTo: hrefOf(id),
          };
        },
      }),
      'fetch-keys': adminAction({
        form: CLIENT_FORM,
        async submit(who, values, visit, { params: { id = '' } }) {
          const found = await edited(who.account.id, id);
          if (!found) return { ok: false, because: 'unknown-client' };
          return { ok: true, view: await found.form.tried(values, found.client, words(visit, id), visit) };
        },
      }),
    },
  });
}
