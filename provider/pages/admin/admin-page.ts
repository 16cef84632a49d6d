/**
 * A page of the console. It is opened at the level substantial alone; every change asks for a fresh authentication, and
 * no page has to remember that: the type lets it say for whom it is, and nothing less.
 */
import { displayName, type Role } from '../../core/account.ts';
import type { Doing } from '../../core/doing.ts';
import type { FormRule } from '../form.ts';
import type { Visit } from '../page.ts';
import type { Needs, SignedIn } from '../signed-in/guard.ts';
import type { Action, SignedInPage } from '../signed-in/signed-in-page.ts';
import { menuFor } from './menu.ts';

/** `anybody`: who needs no role, since the page itself shows no more than is theirs. */
export type For = readonly Role[] | 'anybody';

export interface AdminAction<F extends FormRule = FormRule> extends Omit<Action<F>, 'needs'> {
  /** It changes nothing: who may see the page may send it. */
  readonly changes?: false;
  /** Fewer than may see the page. */
  readonly for?: For;
}

export interface AdminPage extends Omit<SignedInPage, 'needs' | 'actions'> {
  readonly for: For;
  readonly actions?: Readonly<Record<string, AdminAction>>;
}

export function adminPage({ for: seers, show, actions = {}, ...page }: AdminPage): SignedInPage {
  return {
    ...page,
    needs: needsOf(seers),
    async show(who, visit, asked) {
      const view = await show(who, visit, asked);
      const consoleMenu = menuFor(who.account, asked.path);
      return view && { ...view, locals: { ...view.locals, consoleMenu } };
    },
    actions: Object.fromEntries(
      Object.entries(actions).map(([name, { for: doers = seers, changes = true, ...action }]) => [
        name,
        withMenu({ ...action, needs: { ...needsOf(doers), ...(changes && { fresh: true }) } }),
      ]),
    ),
  };
}

/** A view that answers a form has the menu as well. */
function withMenu(action: Action): Action {
  return {
    ...action,
    async submit(who, values, visit, asked) {
      const done = await action.submit(who, values, visit, asked);
      if (!done.ok || !done.view) return done;
      const locals = { ...done.view.locals, consoleMenu: menuFor(who.account, asked.path) };
      return { ...done, view: { ...done.view, locals } };
    },
  };
}

/** Opened fresh, so that no change of minutes is lost on the way through a login. */
export function freshPage(page: AdminPage): SignedInPage {
  const served = adminPage(page);
  return { ...served, needs: { ...served.needs, fresh: true } };
}

function needsOf(who: For): Needs {
  return { level: 'substantial', ...(who !== 'anybody' && { roles: who }) };
}

/** Gives each action's form its exact type and forgets it for the index. */
export function adminAction<F extends FormRule>(definition: AdminAction<F>): AdminAction {
  return definition as unknown as AdminAction;
}

/** Who does what a form of the console asks for. */
export function doingOf({ account }: SignedIn, { origin }: Visit, why?: string): Doing {
  const name = `${displayName(account, 'hu')} (${account.username})`;
  return { by: { kind: 'account', id: account.id, name }, origin, ...(why && { why }) };
}
