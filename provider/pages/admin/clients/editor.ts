/**
 * The form of a client, for whoever fills it in: shown with what is there or was typed, read, and shown again with all of it when
 * something stands against it. Who comes second keeps what they typed, gets what the first changed elsewhere, and is told of both.
 */
import type { AcrValues } from '../../../core/assurance.ts';
import type { ClientKind } from '../../../core/client-kind.ts';
import type { ClientDraft } from '../../../core/client-record.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { Changed } from '../../../flows/client-change.ts';
import { fetchKeys } from '../../../flows/client-keys.ts';
import type { RegisteredClient } from '../../../flows/clients.ts';
import type { OutgoingFetch } from '../../../flows/ports.ts';
import type { View, Visit } from '../../page.ts';
import type { Asked } from '../../signed-in/signed-in-page.ts';
import { differencesInWords } from './difference-words.ts';
import { metadataRefusal } from './faults.ts';
import { type ClientValues, draftFrom, type FieldName, valuesOf } from './fields.ts';
import { formFields } from './form-view.ts';
import { fieldsFor } from './kind-fields.ts';

export interface Edited {
  readonly kind: ClientKind;
  readonly draft: ClientDraft;
  readonly revision: number;
  /** Fields beside those of the kind. */
  readonly more?: readonly FieldName[];
  /** What it was at an older revision, for somebody who began with that. */
  readonly before?: (revision: number) => Promise<ClientDraft | undefined>;
}

export interface EditorWords {
  readonly title: string;
  readonly lead: string;
  readonly submit: string;
  readonly back: { readonly href: string; readonly label: string };
}

export interface EditorOptions {
  readonly mayAll: boolean;
  /** Only then can it be said how it is called. */
  readonly isNew?: true;
  readonly acrValues: AcrValues;
  readonly outgoing: OutgoingFetch;
}

export type Editor = ReturnType<typeof editor>;

export function editor({ mayAll, isNew, acrValues, outgoing }: EditorOptions) {
  const namesOf = ({ kind, more = [] }: Edited) => {
    const { needed, seldom } = fieldsFor(kind, mayAll);
    const open = seldom.filter((name) => isNew || name !== 'resource_address');
    return { needed: [...needed, ...more], seldom: open };
  };

  async function show(
    edited: Edited,
    words: EditorWords,
    { t }: Visit,
    { typed }: Pick<Asked, 'typed'>,
  ): Promise<View> {
    const { needed, seldom } = namesOf(edited);
    const now = valuesOf(edited.draft, acrValues);
    const began = Number(typed?.revision ?? edited.revision);
    const before = began === edited.revision ? undefined : await edited.before?.(began);
    const values = typed ? merged(typed, now, before && valuesOf(before, acrValues)) : now;
    return {
      view: 'admin/clients/form',
      locals: {
        ...words,
        id: typed?.id || edited.draft.metadata.client_id,
        revision: edited.revision,
        needed: formFields(needed, values, t),
        seldom: formFields(seldom, values, t),
        why: formFields(['why'], values, t)[0],
        theirs: before ? differencesInWords(before, edited.draft, t) : [],
        defaults: DEFAULTS[edited.kind].map((name) => t(`clientDefault.${name}`)),
        submitLabel: words.submit,
      },
    };
  }

  /** What the form makes of the client, or why nothing. */
  function read(
    values: ClientValues,
    edited: Edited,
  ): { readonly ok: true; readonly draft: ClientDraft } | Refusal {
    const { needed, seldom } = namesOf(edited);
    return draftFrom(values, { ...edited, fields: [...needed, ...seldom], acrValues });
  }

  /** A refusal of the flows, beside the field that it is about. */
  function refusal(result: Exclude<Changed | RegisteredClient, { ok: true }>, edited: Edited): Refusal {
    const { needed, seldom } = namesOf(edited);
    if (result.because === 'invalid-metadata')
      return metadataRefusal(result.detail ?? '', [...needed, ...seldom]);
    return { ok: false, because: result.because };
  }

  /** Tries the address of the keys, and shows what was typed with what came of it. */
  async function tried(
    values: ClientValues,
    edited: Edited,
    words: EditorWords,
    visit: Visit,
  ): Promise<View> {
    const fetched = await fetchKeys(outgoing, values.jwks_uri.trim());
    const text = fetched.ok
      ? visit.t('keysFetched.ok', { count: fetched.count, kids: fetched.kids })
      : visit.t(`keysFetched.${fetched.because}`);
    const view = await show(edited, words, visit, { typed: { ...values, revision: `${edited.revision}` } });
    return { ...view, locals: { ...view.locals, fetched: { ok: fetched.ok, text } } };
  }

  return { show, read, refusal, tried };
}

type Texts = Readonly<Record<string, string>>;

/** A box that is not ticked is not sent. What the person left as it was follows the client; what they changed stays theirs. */
function merged(typed: Texts, now: Texts, before: Texts | undefined): Texts {
  const names = [...new Set([...Object.keys(now), ...Object.keys(typed)])];
  const kept = (name: string) => {
    const own = typed[name] ?? '';
    return before && same(own, before[name] ?? '') ? (now[name] ?? '') : own;
  };
  return Object.fromEntries(names.map((name) => [name, kept(name)]));
}

/** Browsers send line ends of their own. */
const same = (one: string, other: string) => one.replaceAll('\r', '').trim() === other.trim();

/** What a kind of portal gets without being asked, told on its form. */
const DEFAULTS: Readonly<Record<ClientKind, readonly string[]>> = {
  web: ['code', 'pkce', 'pairwise', 'es256', 'consent', 'secret'],
  app: ['code', 'pkce', 'pairwise', 'es256', 'consent', 'public'],
  machine: ['nobody', 'secret'],
  fapi: ['code', 'pkce', 'pairwise', 'es256', 'consent', 'fapi'],
};
