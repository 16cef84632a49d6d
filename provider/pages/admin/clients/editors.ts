/** `/admin/new-client` and `/admin/clients/:id/edit`: registering a client, from what the portal is, and changing one. */
import { CLIENT_KINDS, kindOf } from '../../../core/client-kind.ts';
import { draftOf } from '../../../core/client-record.ts';
import type { Visit } from '../../page.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminPage, doingOf } from '../admin-page.ts';
import type { ClientPagesPorts, ClientPagesSettings } from './client-ports.ts';
import { type Edited, editor } from './editor.ts';
import { beginning, changing, type EditorPage, editorPage, newIdOf } from './editor-page.ts';
import { CLIENTS_PATH, hrefOf } from './list.ts';
import { secretView } from './secret.ts';

const NEW_PATH = '/admin/new-client';

export function createPages(ports: ClientPagesPorts, { acrValues }: ClientPagesSettings): SignedInPage[] {
  const form = editor({ mayAll: true, isNew: true, acrValues, ...ports });
  const creator = (path: string, begin: EditorPage['begin']) =>
    editorPage({
      path,
      for: ['admin'],
      form,
      begin,
      words: ({ t }, { kind }) => ({
        title: t(`clientKind.${kind}`),
        lead: t('clientForm.newLead'),
        submit: t('clientForm.create'),
        back: { href: NEW_PATH, label: t('newClient.back') },
      }),
      async save({ who, visit, values, edited, draft }) {
        const { metadata, reasons, test } = draft;
        // What takes our tokens is called by its address (RFC 8707 §2).
        const address = metadata.resource_scopes && values.resource_address.trim();
        const client_id = address || newIdOf({ values, draft });
        const more = { ...doingOf(who, visit, values.why), test, ...(reasons && { reasons }) };
        const registered = await ports.registerClient({ ...metadata, client_id }, more);
        if (!registered.ok) return form.refusal(registered, edited);
        return { ok: true, view: secretView(registered, hrefOf(client_id), visit) };
      },
    });

  return [
    chooserPage,
    creator(
      `${NEW_PATH}/:kind`,
      beginning({ kinds: CLIENT_KINDS, test: false, random: ports.random, acrValues }),
    ),
    creator(`${CLIENTS_PATH}/:id/copy`, (_who, { id = '' }) => copied(id, ports)),
  ];
}

const chooserPage = adminPage({
  path: NEW_PATH,
  for: ['admin'],
  show: (_who, { t }) => ({
    view: 'admin/clients/new',
    locals: {
      lead: t('newClient.lead'),
      back: { href: CLIENTS_PATH, label: t('clients.back') },
      kinds: CLIENT_KINDS.map((kind) => ({ kind, href: `${NEW_PATH}/${kind}` })),
    },
  }),
});

/** It shares all but the id and the people. */
async function copied(id: string, { clients, random }: ClientPagesPorts): Promise<Edited | undefined> {
  const record = await clients.record(id);
  if (!record) return undefined;
  const { registration_agreement: _, ...shared } = record.metadata;
  const metadata = { ...shared, client_id: random.id() };
  return { kind: kindOf(metadata), draft: { ...draftOf(record), metadata, owners: [] }, revision: 0 };
}

export function editPage(ports: ClientPagesPorts, { acrValues }: ClientPagesSettings): SignedInPage {
  const { clients, clientChanges } = ports;
  const form = editor({ mayAll: true, acrValues, ...ports });
  return editorPage({
    path: `${CLIENTS_PATH}/:id/edit`,
    for: ['admin'],
    form,
    async begin(_who, { id = '' }) {
      const record = await clients.record(id);
      return record && { ...changing(record, clients), more: ['test'] };
    },
    words: (visit, { draft }) => editWords(visit, 'clientForm.editLead', hrefOf(draft.metadata.client_id)),
    async save({ who, visit, values, edited, draft: { owners: _, ...state } }) {
      const { client_id } = edited.draft.metadata;
      const wanted = { state, basedOn: Number(values.revision) };
      const changed = await clientChanges.edit(client_id, wanted, doingOf(who, visit, values.why));
      if (!changed.ok) return form.refusal(changed, edited);
      return { ok: true, notice: noticeOf(changed.record), goTo: hrefOf(client_id) };
    },
  });
}

export const editWords = (
  { t }: Visit,
  lead: 'clientForm.editLead' | 'ownClients.editLead',
  href: string,
) => ({
  title: t('clientForm.edit'),
  lead: t(lead),
  submit: t('clientForm.save'),
  back: { href, label: t('clientForm.back') },
});

/** What came of an edit: it counts, or waits for somebody else. */
export const noticeOf = ({ proposal }: { readonly proposal?: unknown }): string =>
  proposal ? 'client-proposed' : 'client-saved';
