/** What a page is that everybody may open, with at most one form. */
import type { Refusal } from '../../core/refusal.ts';
import type { FormRule, Values } from '../form.ts';
import type { FormPage } from '../form-page.ts';
import type { View, Visit } from '../page.ts';

export interface OpenVisit extends Visit {
  /** The page's own address. */
  readonly path: string;
  /** The segments of the address that the page's path names; hostile, like everything. */
  readonly params: Readonly<Record<string, string>>;
  /** The login of this browser that the person came from, if it can still be gone on with. */
  wayBack(): Promise<string | undefined>;
}

/** What came of a form that was taken: where to go. */
export interface Taken {
  readonly ok: true;
  readonly goTo: string;
}

export interface OpenPage<F extends FormRule = FormRule> extends FormPage<F> {
  readonly path: string;
  /** Its form is posted to the page's own address, unless the view says otherwise. A view with a status stands as it is. */
  show(visit: OpenVisit): View | Promise<View>;
  /** Absent: there is no form. */
  submit?(values: Values<F>, visit: OpenVisit): Promise<Taken | Refusal>;
}

/** Gives each page's form its exact type and forgets it for the index. */
export function openPage<F extends FormRule>(definition: OpenPage<F>): OpenPage {
  return definition as unknown as OpenPage;
}
