/** Serves the pages that everybody may open. */
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Clock } from '../../flows/ports.ts';
import { rawForm } from '../form.ts';
import { type Again, refused, submitted } from '../form-page.ts';
import { chosenLanguage } from '../language.ts';
import type { Site } from '../page.ts';
import type { OpenPage, OpenVisit } from './open-page.ts';
import type { WayBack } from './way-back.ts';

export interface OpenPorts {
  readonly site: Site;
  readonly wayBack: WayBack;
  readonly clock: Clock;
  readonly formLimit: number;
}

export function serveOpenPages(router: Router, pages: readonly OpenPage[], ports: OpenPorts): void {
  for (const page of pages) {
    const server = pageServer(page, ports);
    router.get(page.path, server.show);
    if (page.submit) router.post(page.path, rawForm(ports.formLimit), server.submit);
  }
}

function pageServer(page: OpenPage, { site, wayBack, clock }: OpenPorts) {
  async function render(ctx: RouterContext, visit: OpenVisit, again?: Again): Promise<void> {
    const view = await page.show(visit);
    const { form, ...answer } = again && view.status === undefined ? again : { form: {} };
    await site.show(ctx, { ...view, ...answer, form: { action: visit.path, ...view.form, ...form } }, visit);
  }

  function visitOf(ctx: RouterContext): OpenVisit {
    return { ...site.visit(ctx), path: ctx.path, params: ctx.params, wayBack: () => wayBack.href(ctx) };
  }

  return {
    async show(ctx: RouterContext): Promise<void> {
      chosenLanguage(ctx);
      wayBack.remember(ctx);
      await render(ctx, visitOf(ctx));
    },

    async submit(ctx: RouterContext): Promise<void> {
      const visit = visitOf(ctx);
      const form = submitted(ctx, site, visit.t, page);
      if (!form.ok) return render(ctx, visit, form.again);
      const result = await page.submit?.(form.values, visit);
      if (result?.ok) return seeOther(ctx, result.goTo);
      const again = result && refused(visit.t, page, form.posted, result, clock.now());
      await render(ctx, visit, again);
    },
  };
}

function seeOther(ctx: RouterContext, href: string): void {
  ctx.status = 303;
  ctx.redirect(href);
}
