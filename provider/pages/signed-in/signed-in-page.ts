/** What a page of who is signed in is: what it asks of them, what it shows, and the forms that it takes. */
import type { Readable } from 'node:stream';
import type { Refusal } from '../../core/refusal.ts';
import type { FormRule, Values } from '../form.ts';
import type { FormPage } from '../form-page.ts';
import type { View, Visit } from '../page.ts';
import type { Needs, SignedIn } from './guard.ts';

/** What the address says beside the page's own path: hostile, like everything. */
export interface Asked {
  /** The address itself, without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What stands in the place of `:name` in the page's path. */
  readonly params: Readonly<Record<string, string>>;
  /** What was typed into a form that is shown again. */
  readonly typed?: Readonly<Record<string, string>>;
  /** The file that came with a form of an action with `upload`. */
  readonly file?: Uint8Array;
}

/** What came of a form that was taken. */
export interface Done {
  readonly ok: true;
  /** Told on the next page: the key of a text below `notice.`. */
  readonly notice?: string;
  /** Where to go; else the page itself is shown anew. */
  readonly goTo?: string;
  /** Shown at once, in the answer to the form: for what is seen this once and stored nowhere. */
  readonly view?: View;
}

/** A form of a page. It is posted to the page's address and the action's name, or to the page itself for `''`. */
export interface Action<F extends FormRule = FormRule> extends FormPage<F> {
  /** What it asks beyond what the page asks. */
  readonly needs?: Needs;
  /** It comes with a file in the field `file` (`multipart/form-data`). */
  readonly upload?: true;
  submit(who: SignedIn, values: Values<F>, visit: Visit, asked: Asked): Promise<Done | Refusal>;
}

/** Something to save, at the page's address and the file's name. */
export interface Attachment {
  readonly fileName: string;
  readonly type: string;
  readonly body: string | Readable;
}

export interface SignedInPage {
  /** May hold parameters: `/admin/clients/:id`. */
  readonly path: string;
  readonly needs: Needs;
  /** Answers undefined when there is nothing at this address. */
  show(who: SignedIn, visit: Visit, asked: Asked): View | undefined | Promise<View | undefined>;
  readonly actions?: Readonly<Record<string, Action>>;
  readonly files?: Readonly<
    Record<string, (who: SignedIn, visit: Visit, asked: Asked) => Promise<Attachment>>
  >;
}

/** Gives each action's form its exact type and forgets it for the index. */
export function action<F extends FormRule>(definition: Action<F>): Action {
  return definition as unknown as Action;
}
