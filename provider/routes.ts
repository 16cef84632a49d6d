/** The index of all pages: what a path shows, and to whom. */
import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import { FORM_LIMIT, LONGEST_TARGET, UPLOAD_LIMIT } from '../config/policy.ts';
import { LOGO_PATH } from './core/logo.ts';
import type { Completion } from './flows/completion.ts';
import type { Logos } from './flows/ports.ts';
import {
  LOGGED_OUT_PATH,
  LOGOUT_PATH,
  logoutHref,
  SESSION_END_PATH,
  SIGNED_IN_PATH,
} from './oidc/account-client.ts';
import { CLOSING_PATH } from './pages/account/close.ts';
import { DELETION_CODE_FILE, deletionCodeFile } from './pages/enrol/deletion-code.ts';
import { rawForm } from './pages/form.ts';
import { chosenLanguage } from './pages/language.ts';
import type { OpenPage } from './pages/open/open-page.ts';
import { type OpenPorts, serveOpenPages } from './pages/open/serve.ts';
import type { View, Visit } from './pages/page.ts';
import type { Dispatcher } from './pages/sign-in/dispatcher.ts';
import type { Guard } from './pages/signed-in/guard.ts';
import { type ServePorts, servePages } from './pages/signed-in/serve.ts';
import { sessionEndRoutes } from './pages/signed-in/session-end.ts';
import type { SignedInPage } from './pages/signed-in/signed-in-page.ts';
import { logoRoute } from './pages/site/logos.ts';
import { OBJECTED_PATH } from './pages/site/object.ts';
import { repeatByGet } from './pages/site/protocol.ts';
import { REOPENED_PATH } from './pages/site/reopen.ts';
import { type TryPorts, tryRoutes } from './pages/site/try.ts';
import { IndexedRouter } from './route-index.ts';

export interface RoutesPorts extends Omit<ServePorts & OpenPorts, 'formLimit' | 'uploadLimit'> {
  readonly dispatcher: Dispatcher;
  readonly completion: Completion;
  readonly logos: Logos;
  readonly openPages: readonly OpenPage[];
  readonly developers: (visit: Visit) => View;
  /** Where clients can be tried. */
  readonly trying?: TryPorts;
  readonly signedInPages: readonly SignedInPage[];
  /** Rejects when the store does not answer. */
  readonly ready: () => Promise<void>;
}

/** Pages that say the same to everybody. */
const PLAIN_PAGES = {
  '/': 'site/home',
  '/help': 'site/help',
  '/accessibility': 'site/accessibility',
  '/imprint': 'site/imprint',
  '/contact': 'site/contact',
  [LOGGED_OUT_PATH]: 'site/logged-out',
  [CLOSING_PATH]: 'site/account-closing',
  [REOPENED_PATH]: 'site/reopened',
  [OBJECTED_PATH]: 'site/objected',
} as const;

export function routes(ports: RoutesPorts): IndexedRouter {
  const { site, developers, dispatcher, guard, signedInPages, ready, trying } = ports;
  const router = new IndexedRouter();

  router.get('/health/live', (ctx) => {
    ctx.body = { status: 'live' };
  });
  router.get('/health/ready', async (ctx) => {
    await ready();
    ctx.body = { status: 'ready' };
  });

  router.get(`${LOGO_PATH}/:name`, logoRoute(ports.logos));

  for (const [path, view] of Object.entries(PLAIN_PAGES)) {
    router.get(path, async (ctx) => {
      chosenLanguage(ctx);
      await site.show(ctx, { view, locals: { loginHref: '/account' } });
    });
  }

  router.get('/developers', async (ctx) => {
    chosenLanguage(ctx);
    const visit = site.visit(ctx);
    await site.show(ctx, developers(visit), visit);
  });

  if (trying) tryRoutes(router, trying, FORM_LIMIT);

  for (const path of ['/auth', SESSION_END_PATH]) {
    router.post(path, rawForm(FORM_LIMIT), repeatByGet(site, LONGEST_TARGET));
  }

  serveOpenPages(router, ports.openPages, { ...ports, formLimit: FORM_LIMIT });
  servePages(router, signedInPages, { ...ports, formLimit: FORM_LIMIT, uploadLimit: UPLOAD_LIMIT });
  const isOurs = (path: string) => signedInPages.some((page) => matches(page.path, path));
  sessionEndRoutes(router, { ...ports, formLimit: FORM_LIMIT, isOurs });
  router.get(SIGNED_IN_PATH, (ctx) => comeBack(ctx, isOurs));
  router.get(LOGOUT_PATH, (ctx) => leave(ctx, guard, site.issuer));

  router.get('/auth/:uid', (ctx, next) => dispatcher.goBack(ctx, next));
  const interaction = '/interaction/:uid';
  router.get(interaction, (ctx) => dispatcher.show(ctx));
  router.get(`${interaction}/${DELETION_CODE_FILE}`, (ctx) => sendDeletionCode(ctx, ports));
  router.post(`${interaction}/cancel`, rawForm(FORM_LIMIT), (ctx) => dispatcher.cancel(ctx));
  router.post(`${interaction}/:step`, rawForm(FORM_LIMIT), (ctx, next) => dispatcher.submit(ctx, next));
  // A form's own address, opened by hand or by reload after an error: its page is the dispatcher's.
  router.get(`${interaction}/:step`, (ctx) => {
    ctx.status = 303;
    ctx.redirect(`/interaction/${ctx.params.uid}`);
  });
  return router;
}

/** The first-party client's redirect URI: `state` is the page that sent the person to log in. */
function comeBack(ctx: Context, isOurs: (path: string) => boolean): void {
  const { state, error } = ctx.query;
  const known = typeof state === 'string' && isOurs(state);
  ctx.status = 303;
  ctx.redirect(error === undefined && known ? state : '/');
}

/** Whether an address is one of a page's: parameters take any segment, and nothing that could lead elsewhere. */
function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const segments = path.split('/');
  if (expected.length !== segments.length || !/^[\w/.~%-]+$/.test(path)) return false;
  return expected.every(
    (part, index) => part === segments[index] || (part.startsWith(':') && segments[index] !== ''),
  );
}

/** Whoever is not logged in has left already. */
async function leave(ctx: Context, guard: Guard, issuer: string): Promise<void> {
  ctx.status = 303;
  ctx.redirect((await guard.isSignedIn(ctx)) ? logoutHref(issuer) : LOGGED_OUT_PATH);
}

async function sendDeletionCode(
  ctx: RouterContext,
  { dispatcher, completion, clock }: RoutesPorts,
): Promise<void> {
  const visit = await dispatcher.visitAt(ctx, 'deletion-code');
  if (!visit) return;
  ctx.attachment(visit.t('deletionCode.fileName'));
  ctx.type = 'text/plain; charset=utf-8';
  ctx.body = await deletionCodeFile(completion, clock, visit);
}
