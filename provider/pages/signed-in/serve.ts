/** Serves the pages of who is signed in: lets them in, shows, takes forms, and tells what came of them. */
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Clock } from '../../flows/ports.ts';
import { rawForm } from '../form.ts';
import { type Again, refused, submitted } from '../form-page.ts';
import { chosenLanguage } from '../language.ts';
import type { Notices } from '../notice.ts';
import type { Site, Visit } from '../page.ts';
import type { Guard, SignedIn } from './guard.ts';
import type { Action, Done, SignedInPage } from './signed-in-page.ts';

export interface ServePorts {
  readonly site: Site;
  readonly guard: Guard;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly formLimit: string;
}

export function servePages(router: Router, pages: readonly SignedInPage[], ports: ServePorts): void {
  const { site, guard, notices, clock, formLimit } = ports;

  async function render(ctx: RouterContext, page: SignedInPage, who: SignedIn, visit: Visit, again?: Again) {
    const { form, ...answer } = again ?? { form: {} };
    const view = await page.show(who, visit, new URLSearchParams(ctx.querystring));
    const shown = { ...view, ...answer, signedIn: true, form: { ...view.form, ...form, action: page.path } };
    const notice = again ? undefined : notices.take(ctx);
    const locals = { ...view.locals, ...(notice && { notice: visit.t(`notice.${notice}`) }) };
    await site.show(ctx, { ...shown, locals }, visit);
  }

  function goOn(ctx: RouterContext, page: SignedInPage, { notice, goTo = page.path }: Done): void {
    if (notice) notices.leave(ctx, notice);
    ctx.status = 303;
    ctx.redirect(goTo);
  }

  async function show(ctx: RouterContext, page: SignedInPage): Promise<void> {
    chosenLanguage(ctx);
    const who = await guard.enter(ctx, page.needs, page.path);
    if (who) await render(ctx, page, who, site.visit(ctx));
  }

  async function submit(ctx: RouterContext, page: SignedInPage, action: Action): Promise<void> {
    ctx.state.shownAt = page.path;
    const who = await guard.enter(ctx, action.needs ?? page.needs, page.path);
    if (!who) return;
    const visit = site.visit(ctx);
    const form = submitted(ctx, site, visit.t, action);
    if (!form.ok) return render(ctx, page, who, visit, form.again);
    const result = await action.submit(who, form.values, visit);
    if (result.ok) return goOn(ctx, page, result);
    await render(ctx, page, who, visit, refused(visit.t, action, form.posted, result, clock.now()));
  }

  for (const page of pages) {
    router.get(page.path, (ctx) => show(ctx, page));
    for (const [name, action] of Object.entries(page.actions ?? {})) {
      const address = name === '' ? page.path : `${page.path}/${name}`;
      router.post(address, rawForm(formLimit), (ctx) => submit(ctx, page, action));
      // A form's own address, opened by hand or by reload after an error: its page is the other one.
      if (name !== '') router.get(address, (ctx) => goOn(ctx, page, { ok: true }));
    }
    for (const [name, file] of Object.entries(page.files ?? {})) {
      router.get(`${page.path}/${name}`, async (ctx) => {
        const who = await guard.enter(ctx, page.needs, page.path);
        if (!who) return;
        const { fileName, type, body } = await file(who, site.visit(ctx));
        ctx.attachment(fileName);
        ctx.type = type;
        ctx.body = body;
      });
    }
  }
}
