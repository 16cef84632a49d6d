/** Serves the pages of who is signed in: lets them in, shows, takes forms, and tells what came of them. */
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Account } from '../../core/account.ts';
import type { Clock, Drafts } from '../../flows/ports.ts';
import { rawForm, shownAgain } from '../form.ts';
import { type Again, refused, submitted } from '../form-page.ts';
import { chosenLanguage } from '../language.ts';
import type { Notices } from '../notice.ts';
import type { Site, View, Visit } from '../page.ts';
import { uploadedForm } from '../upload.ts';
import type { Guard, SignedIn } from './guard.ts';
import type { Action, Asked, SignedInPage } from './signed-in-page.ts';

export interface ServePorts {
  readonly site: Site;
  readonly guard: Guard;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly drafts: Drafts;
  readonly formLimit: number;
  /** Of a form with a file, in bytes. */
  readonly uploadLimit: number;
}

export function servePages(router: Router, pages: readonly SignedInPage[], ports: ServePorts): void {
  for (const page of pages) {
    const server = pageServer(page, ports);
    router.get(page.path, server.show);
    for (const [name, action] of Object.entries(page.actions ?? {})) {
      const address = name === '' ? page.path : `${page.path}/${name}`;
      router.post(address, (ctx) => server.submit(ctx, name, action));
      // A form's own address, opened by hand or by reload after an error: its page is the other one.
      if (name !== '') router.get(address, (ctx) => seeOther(ctx, withoutLast(ctx.path, name)));
    }
    for (const [name, file] of Object.entries(page.files ?? {})) {
      router.get(`${page.path}/${name}`, (ctx) => server.send(ctx, name, file));
    }
  }
}

function pageServer(page: SignedInPage, ports: ServePorts) {
  const { site, guard, notices, clock, drafts } = ports;
  const [readForm, readUpload] = [rawForm(ports.formLimit), uploadedForm(ports.uploadLimit)];
  const readBody = (ctx: RouterContext, { upload }: Action) =>
    (upload ? readUpload : readForm)(ctx, async () => {});

  async function render(ctx: RouterContext, who: SignedIn, visit: Visit, asked: Asked, again?: Again) {
    const typed = again?.form.values;
    const view = await page.show(who, visit, { ...asked, ...(typed && { typed }) });
    if (!view) return site.problem(ctx, { name: 'not-found', status: 404 }, visit);
    await present(ctx, who, visit, asked, view, again);
  }

  async function present(
    ctx: RouterContext,
    who: SignedIn,
    visit: Visit,
    asked: Asked,
    view: View,
    again?: Again,
  ) {
    const { form, ...answer } = again ?? { form: {} };
    const shown = {
      ...view,
      ...answer,
      sessionEndsAt: who.sessionEndsAt,
      sessionSecondsLeft: Math.floor((who.sessionEndsAt - clock.now()) / 1000),
      form: { ...view.form, ...form, action: asked.path },
    };
    const notice = again ? undefined : notices.take(ctx);
    const locals = { ...view.locals, ...(notice && { notice: visit.t(`notice.${notice}`) }) };
    await site.show(ctx, { ...shown, locals }, visit);
  }

  /** Who has to log in anew on the way finds the form as they had filled it in, without secrets and files. */
  async function keepTyped(ctx: RouterContext, action: Action, { id }: Account, path: string): Promise<void> {
    const form = submitted(ctx, site, site.visit(ctx).t, action);
    if (form.ok) await drafts.keep(id, path, shownAgain(action.form, form.posted.values));
  }

  async function typedBefore(ctx: RouterContext, { account }: SignedIn): Promise<Again | undefined> {
    if (!page.actions) return undefined;
    const values = await drafts.take(account.id, ctx.path);
    return values && { status: 200, form: { values, problem: site.visit(ctx).t('refusal.typed-before') } };
  }

  return {
    async show(ctx: RouterContext): Promise<void> {
      chosenLanguage(ctx);
      const who = await guard.enter(ctx, page.needs, ctx.path);
      if (who) await render(ctx, who, site.visit(ctx), askedOf(ctx, ctx.path), await typedBefore(ctx, who));
    },

    /** A body is read of somebody known alone: taking one apart is work that no stranger shall give us. */
    async submit(ctx: RouterContext, name: string, action: Action): Promise<void> {
      const asked = askedOf(ctx, withoutLast(ctx.path, name));
      ctx.state.shownAt = asked.path;
      const who = await guard.enter(ctx, action.needs ?? page.needs, asked.path, async (account) => {
        await readBody(ctx, action);
        await keepTyped(ctx, action, account, asked.path);
      });
      if (!who) return;
      await readBody(ctx, action);
      const visit = site.visit(ctx);
      const form = submitted(ctx, site, visit.t, action);
      if (!form.ok) return render(ctx, who, visit, asked, form.again);
      const { file } = form.posted;
      const result = await action.submit(who, form.values, visit, { ...asked, ...(file && { file }) });
      if (!result.ok) {
        return render(ctx, who, visit, asked, refused(visit.t, action, form.posted, result, clock.now()));
      }
      if (result.view) return present(ctx, who, visit, asked, result.view);
      if (result.notice) notices.leave(ctx, result.notice);
      seeOther(ctx, result.goTo ?? asked.path);
    },

    async send(ctx: RouterContext, name: string, file: FileOf): Promise<void> {
      const asked = askedOf(ctx, withoutLast(ctx.path, name));
      const who = await guard.enter(ctx, page.needs, asked.path);
      if (!who) return;
      const { fileName, type, body } = await file(who, site.visit(ctx), asked);
      ctx.attachment(fileName);
      ctx.type = type;
      ctx.body = body;
    },
  };
}

type FileOf = NonNullable<SignedInPage['files']>[string];

function askedOf(ctx: RouterContext, path: string): Asked {
  return { path, query: new URLSearchParams(ctx.querystring), params: ctx.params };
}

/** The address of the page that an action or a file named `name` belongs to. */
function withoutLast(path: string, name: string): string {
  return name === '' ? path : path.slice(0, -(name.length + 1));
}

function seeOther(ctx: RouterContext, href: string): void {
  ctx.status = 303;
  ctx.redirect(href);
}
