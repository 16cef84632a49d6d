/** `/admin/new-client` and `/admin/clients/:id/edit`: registering a client, from what the portal is, and changing one. */
import { asClientKind, broughtBy, CLIENT_KINDS, type ClientKind, kindOf } from '../../../core/client-kind.ts';
import { type ClientDraft, draftOf, VERSIONS_KEPT } from '../../../core/client-record.ts';
import type { Clients } from '../../../flows/ports.ts';
import type { Visit } from '../../page.ts';
import type { SignedIn } from '../../signed-in/guard.ts';
import type { Asked, SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminAction, adminPage, doingOf, freshPage } from '../admin-page.ts';
import type { ClientPagesPorts, ClientPagesSettings } from './client-ports.ts';
import { type Edited, editor } from './editor.ts';
import { CLIENT_FORM, type ClientValues } from './fields.ts';
import { CLIENTS_PATH, hrefOf } from './list.ts';
import { secretView } from './secret.ts';

const NEW_PATH = '/admin/new-client';

/** A client that is not there yet, as its form begins. */
export function emptyDraft(kind: ClientKind, id: string, substantialAcr: string, test: boolean): ClientDraft {
  const scope = kind === 'machine' ? {} : { scope: 'openid profile', default_acr_values: [substantialAcr] };
  return { metadata: { client_id: id, ...broughtBy(kind), ...scope }, test, owners: [] };
}

/** What a client was, for somebody who began to change it then. */
export function earlier(clients: Clients, id: string) {
  return async (revision: number): Promise<ClientDraft | undefined> => {
    const versions = await clients.versions(id, { limit: VERSIONS_KEPT });
    return versions.find(({ version }) => version?.revision === revision)?.version?.is;
  };
}

export function createPages(ports: ClientPagesPorts, { acrValues }: ClientPagesSettings): SignedInPage[] {
  const form = editor({ mayAll: true, isNew: true, acrValues, ...ports });
  const words = ({ t }: Visit, kind: ClientKind) => ({
    title: t(`clientKind.${kind}`),
    lead: t('clientForm.newLead'),
    submit: t('clientForm.create'),
    back: { href: NEW_PATH, label: t('newClient.back') },
  });

  const begun = (kind: ClientKind): Edited => ({
    kind,
    draft: emptyDraft(kind, ports.random.id(), acrValues.substantial, false),
    revision: 0,
  });

  /** It shares all but the id and the people. */
  async function copied(id: string): Promise<Edited | undefined> {
    const record = await ports.clients.record(id);
    if (!record) return undefined;
    const { registration_agreement: _, ...shared } = record.metadata;
    const metadata = { ...shared, client_id: ports.random.id() };
    return { kind: kindOf(metadata), draft: { ...draftOf(record), metadata, owners: [] }, revision: 0 };
  }

  const chooser = adminPage({
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

  type Begin = (params: Asked['params']) => Promise<Edited | undefined>;

  const creator = (path: string, begin: Begin) =>
    freshPage({
      path,
      for: ['admin'],
      async show(_who, visit, asked) {
        const edited = await begin(asked.params);
        return edited && form.show(edited, words(visit, edited.kind), visit, asked);
      },
      actions: {
        '': adminAction({
          form: CLIENT_FORM,
          async submit(who, values, visit, { params }) {
            const edited = await begin(params);
            if (!edited) return { ok: false, because: 'unknown-client' };
            return register(who, values, visit, edited);
          },
        }),
        'fetch-keys': adminAction({
          form: CLIENT_FORM,
          async submit(_who, values, visit, { params }) {
            const edited = await begin(params);
            if (!edited) return { ok: false, because: 'unknown-client' };
            return { ok: true, view: await form.tried(values, edited, words(visit, edited.kind), visit) };
          },
        }),
      },
    });

  async function register(who: SignedIn, values: ClientValues, visit: Visit, edited: Edited) {
    const read = form.read(values, edited);
    if (!read.ok) return read;
    const { metadata, reasons, test } = read.draft;
    // What takes our tokens is called by its address (RFC 8707 §2).
    const address = metadata.resource_scopes && values.resource_address.trim();
    const client_id = address || values.id || metadata.client_id;
    const more = { ...doingOf(who, visit, values.why), test, ...(reasons && { reasons }) };
    const registered = await ports.registerClient({ ...metadata, client_id }, more);
    if (!registered.ok) return form.refusal(registered, edited);
    return { ok: true, view: secretView(registered, hrefOf(client_id), visit) } as const;
  }

  const byKind: Begin = async ({ kind }) => {
    const known = asClientKind(kind);
    return known && begun(known);
  };
  return [
    chooser,
    creator(`${NEW_PATH}/:kind`, byKind),
    creator(`${CLIENTS_PATH}/:id/copy`, ({ id = '' }) => copied(id)),
  ];
}

export function editPage(ports: ClientPagesPorts, { acrValues }: ClientPagesSettings): SignedInPage {
  const { clients, clientChanges } = ports;
  const form = editor({ mayAll: true, acrValues, ...ports, more: ['test'] });
  const words = ({ t }: Visit, id: string) => ({
    title: t('clientForm.edit'),
    lead: t('clientForm.editLead'),
    submit: t('clientForm.save'),
    back: { href: hrefOf(id), label: t('clientForm.back') },
  });

  async function edited(id: string): Promise<Edited | undefined> {
    const record = await clients.record(id);
    if (!record) return undefined;
    const { metadata, revision } = record;
    return { kind: kindOf(metadata), draft: draftOf(record), revision, before: earlier(clients, id) };
  }

  return freshPage({
    path: `${CLIENTS_PATH}/:id/edit`,
    for: ['admin'],
    async show(_who, visit, asked) {
      const client = await edited(asked.params.id ?? '');
      return client && form.show(client, words(visit, asked.params.id ?? ''), visit, asked);
    },
    actions: {
      '': adminAction({
        form: CLIENT_FORM,
        async submit(who, values, visit, { params: { id = '' } }) {
          const client = await edited(id);
          if (!client) return { ok: false, because: 'unknown-client' };
          const read = form.read(values, client);
          if (!read.ok) return read;
          const { owners: _, ...state } = read.draft;
          const wanted = { state, basedOn: Number(values.revision) };
          const changed = await clientChanges.edit(id, wanted, doingOf(who, visit, values.why));
          if (!changed.ok) return form.refusal(changed, client);
          const notice = changed.record.proposal ? 'client-proposed' : 'client-saved';
          return { ok: true, notice, goTo: hrefOf(id) };
        },
      }),
      'fetch-keys': adminAction({
        form: CLIENT_FORM,
        async submit(_who, values, visit, { params: { id = '' } }) {
          const client = await edited(id);
          if (!client) return { ok: false, because: 'unknown-client' };
          return { ok: true, view: await form.tried(values, client, words(visit, id), visit) };
        },
      }),
    },
  });
}
