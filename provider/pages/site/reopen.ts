/**
 * `/reopen`: the link in the mail that takes the closing of an account back. Mail readers open links by themselves, so
 * nothing happens before a button is pressed.
 */
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Closing } from '../../flows/closing.ts';
import type { Clock } from '../../flows/ports.ts';
import { rawForm } from '../form.ts';
import { type Again, type FormPage, refused, submitted } from '../form-page.ts';
import { chosenLanguage } from '../language.ts';
import type { Site, Visit } from '../page.ts';

const PATH = '/reopen';
const REOPENED_PATH = '/reopened';
const FORM = { token: { maxLength: 100, optional: true } } as const;
const PAGE: FormPage<typeof FORM> = { form: FORM };

export const reopenHref = (issuer: string) => (token: string) =>
  `${issuer}${PATH}?${new URLSearchParams({ token })}`;

export interface ReopenPorts {
  readonly site: Site;
  readonly closing: Closing;
  readonly clock: Clock;
  readonly formLimit: string;
}

export function reopenPages(router: Router, { site, closing, clock, formLimit }: ReopenPorts): void {
  async function render(ctx: RouterContext, visit: Visit, token: string, again?: Again): Promise<void> {
    const { form, ...answer } = again ?? { form: {} };
    const hidden = { token };
    await site.show(ctx, { view: 'site/reopen', ...answer, form: { ...form, action: PATH, hidden } }, visit);
  }

  router.get(PATH, async (ctx) => {
    chosenLanguage(ctx);
    const { token } = ctx.query;
    await render(ctx, site.visit(ctx), typeof token === 'string' ? token : '');
  });

  router.post(PATH, rawForm(formLimit), async (ctx) => {
    ctx.state.shownAt = PATH;
    const visit = site.visit(ctx);
    const form = submitted(ctx, site, visit.t, PAGE);
    if (!form.ok) return render(ctx, visit, form.again.form.values?.token ?? '', form.again);
    const result = await closing.reopen(form.values.token, visit.origin);
    if (!result.ok) {
      return render(ctx, visit, '', refused(visit.t, PAGE, form.posted, result, clock.now()));
    }
    ctx.status = 303;
    ctx.redirect(REOPENED_PATH);
  });

  router.get(REOPENED_PATH, async (ctx) => {
    chosenLanguage(ctx);
    await site.show(ctx, { view: 'site/reopened', locals: { loginHref: '/account' } });
  });
}
