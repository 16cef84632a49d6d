/** The page of a client's form, whoever fills it in and whether there is a client yet: shown, its keys tried, sent. */
import type { AcrValues } from '../../../core/assurance.ts';
import { broughtBy, type ClientKind, kindOf } from '../../../core/client-kind.ts';
import { type ClientDraft, type ClientRecord, draftOf, VERSIONS_KEPT } from '../../../core/client-record.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { Clients, Random } from '../../../flows/ports.ts';
import type { Visit } from '../../page.ts';
import type { SignedIn } from '../../signed-in/guard.ts';
import type { Asked, Done, SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminAction, type For, freshPage } from '../admin-page.ts';
import type { Edited, Editor, EditorWords } from './editor.ts';
import { CLIENT_FORM, type ClientValues } from './fields.ts';

export interface EditorPage {
  readonly path: string;
  readonly for: For;
  readonly form: Editor;
  /** What the form begins with; undefined: there is nothing at this address for them. */
  begin(who: SignedIn, params: Asked['params']): Promise<Edited | undefined>;
  words(visit: Visit, edited: Edited): EditorWords;
  /** Carries out what was made of it. */
  save(sent: Sent): Promise<Done | Refusal>;
}

export interface Sent {
  readonly who: SignedIn;
  readonly visit: Visit;
  readonly values: ClientValues;
  readonly edited: Edited;
  readonly draft: ClientDraft;
}

const UNKNOWN = { ok: false, because: 'unknown-client' } as const;

export function editorPage({ form, begin, words, save, ...page }: EditorPage): SignedInPage {
  return freshPage({
    ...page,
    async show(who, visit, asked) {
      const edited = await begin(who, asked.params);
      return edited && form.show(edited, words(visit, edited), visit, asked);
    },
    actions: {
      '': adminAction({
        form: CLIENT_FORM,
        async submit(who, values, visit, { params }) {
          const edited = await begin(who, params);
          if (!edited) return UNKNOWN;
          const read = form.read(values, edited);
          return read.ok ? save({ who, visit, values, edited, draft: read.draft }) : read;
        },
      }),
      'fetch-keys': adminAction({
        form: CLIENT_FORM,
        async submit(who, values, visit, { params }) {
          const edited = await begin(who, params);
          if (!edited) return UNKNOWN;
          return { ok: true, view: await form.tried(values, edited, words(visit, edited), visit) };
        },
      }),
    },
  });
}

export interface Beginning {
  /** Those that may be begun. */
  readonly kinds: readonly ClientKind[];
  readonly test: boolean;
  readonly random: Random;
  readonly acrValues: AcrValues;
}

/** A client that is not there yet, of the kind in the address. Its id is part of the form: sent twice, it registers one. */
export function beginning({ kinds, test, random, acrValues }: Beginning): EditorPage['begin'] {
  return async (_who, params) => {
    const kind = kinds.find((one) => one === params.kind);
    if (!kind) return undefined;
    const level = { scope: 'openid profile', default_acr_values: [acrValues.substantial] };
    const metadata = { client_id: random.id(), ...broughtBy(kind), ...(kind !== 'machine' && level) };
    return { kind, draft: { metadata, test, owners: [] }, revision: 0 };
  };
}

/** One that is there, with what it was for somebody who began to change it then. */
export function changing(record: ClientRecord, clients: Clients): Edited {
  return {
    kind: kindOf(record.metadata),
    draft: draftOf(record),
    revision: record.revision,
    async before(revision) {
      const versions = await clients.versions(record.metadata.client_id, { limit: VERSIONS_KEPT });
      return versions.find(({ version }) => version?.revision === revision)?.version?.is;
    },
  };
}

/** The id that the form was shown with. */
export function newIdOf({ values, draft }: Pick<Sent, 'values' | 'draft'>): string {
  return values.id || draft.metadata.client_id;
}
