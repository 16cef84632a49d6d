/** What a page of who is signed in is: what it asks of them, what it shows, and the forms that it takes. */
import type { Refusal } from '../../core/refusal.ts';
import type { FormRule, Values } from '../form.ts';
import type { FormPage } from '../form-page.ts';
import type { View, Visit } from '../page.ts';
import type { Needs, SignedIn } from './guard.ts';

/** What came of a form that was taken. */
export interface Done {
  readonly ok: true;
  /** Told on the next page: the key of a text below `notice.`. */
  readonly notice?: string;
  /** Where to go; else the page itself is shown anew. */
  readonly goTo?: string;
}

/** A form of a page. It is posted to the page's address and the action's name, or to the page itself for `''`. */
export interface Action<F extends FormRule = FormRule> extends FormPage<F> {
  /** What it asks beyond what the page asks. */
  readonly needs?: Needs;
  submit(who: SignedIn, values: Values<F>, visit: Visit): Promise<Done | Refusal>;
}

/** Something to save, at the page's address and the file's name. */
export interface Attachment {
  readonly fileName: string;
  readonly type: string;
  readonly body: string;
}

export interface SignedInPage {
  readonly path: string;
  readonly needs: Needs;
  /** `query` is that of the address: hostile, like everything. */
  show(who: SignedIn, visit: Visit, query: URLSearchParams): View | Promise<View>;
  readonly actions?: Readonly<Record<string, Action>>;
  readonly files?: Readonly<Record<string, (who: SignedIn, visit: Visit) => Promise<Attachment>>>;
}

/** Gives each action's form its exact type and forgets it for the index. */
export function action<F extends FormRule>(definition: Action<F>): Action {
  return definition as unknown as Action;
}
