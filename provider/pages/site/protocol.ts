/** The pages that oidc-provider shows in the course of the protocol: its errors, leaving, and having left. */
import type { Context, Middleware, Next } from 'koa';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { Overloaded, StoreUnavailable } from '../../flows/ports.ts';
import { ACCOUNT_CLIENT_ID, LOGGED_OUT_PATH, LOGOUT_PATH } from '../../oidc/account-client.ts';
import { hintsAtThisSession } from '../../oidc/logout-hint.ts';
import type { ProtocolPages } from '../../oidc/provider.ts';
import { formActionOf } from '../headers.ts';
import { preferredLanguage } from '../language.ts';
import type { Problem, ProblemName, Site } from '../page.ts';

/** Sends the browser on by a form: at once where scripts run, by a button elsewhere. */
async function sendOn(
  site: Site,
  ctx: KoaContextWithOIDC,
  action: string,
  hidden: Readonly<Record<string, string>>,
): Promise<void> {
  const asked = preferredLanguage(String(ctx.oidc.params?.ui_locales ?? ''));
  await site.show(ctx, { view: 'site/send-on', form: { action, hidden } }, site.visit(ctx, asked));
}

/**
 * Who asks to leave and is not logged in has left: there is nothing to confirm, and nothing to keep until then. Whose
 * confirmation is of an older window, or forged, is asked anew.
 */
export async function leaveUnasked(ctx: Context, next: Next): Promise<void> {
  await next();
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
  const asks = oidc?.route === 'end_session' && ctx.status === 200;
  const refused = oidc?.route === 'end_session_confirm' && ctx.status === 400;
  if (!asks && !refused) return;
  if (oidc.session?.accountId) return refused ? seeOther(ctx, LOGOUT_PATH) : undefined;
  seeOther(ctx, asks ? wayOut(oidc.params ?? {}) : LOGGED_OUT_PATH);
}

function seeOther(ctx: Context, href: string): void {
  ctx.status = 303;
  ctx.redirect(href);
}

/** The library has left no address that is not registered. */
function wayOut({ post_logout_redirect_uri: portal, state }: Readonly<Record<string, unknown>>): string {
  if (typeof portal !== 'string') return LOGGED_OUT_PATH;
  const href = new URL(portal);
  if (typeof state === 'string') href.searchParams.set('state', state);
  return href.href;
}

/**
 * OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2 allow requests by POST, but a cross-site one comes without
 * our SameSite cookies. It is asked for again by GET, which brings them: the same request, and no more than that.
 */
export function repeatByGet(site: Site, longest: number): Middleware {
  return async (ctx) => {
    const posted = typeof ctx.request.body === 'string' ? new URLSearchParams(ctx.request.body) : undefined;
    if (!posted) return site.problem(ctx, { name: 'bad-request', status: 400 });
    const target = `${ctx.path}?${[ctx.querystring, posted].filter(String).join('&')}`;
    if (target.length > longest) return site.problem(ctx, { name: 'too-large', status: 413 });
    ctx.status = 303;
    ctx.redirect(target);
  };
}

/** How a fault of ours is told to a person. */
export function problemOfFault(error: Error, reference: string): Problem {
  if (error instanceof StoreUnavailable)
    return { name: 'unavailable', status: 503, retryAfterMs: 5_000, reference };
  if (error instanceof Overloaded)
    return { name: 'overloaded', status: 503, retryAfterMs: 10_000, reference };
  return { name: 'server', status: 500, reference };
}

const NAME_OF_ERROR: readonly (readonly [new (...args: never[]) => Error, ProblemName])[] = [
  [errors.InvalidClient, 'invalid-client'],
  [errors.InvalidRedirectUri, 'invalid-redirect'],
  [errors.SessionNotFound, 'expired'],
];

function problemOfProtocol(error: Error & { statusCode?: number }): Problem {
  const name = NAME_OF_ERROR.find(([kind]) => error instanceof kind)?.[1] ?? 'protocol';
  return { name, status: error.statusCode ?? 400 };
}

export function protocolPages(site: Site): ProtocolPages {
  return {
    async formPost(ctx, action, fields) {
      ctx.state.formAction = formActionOf(site.issuer, action);
      await sendOn(site, ctx, action, fields);
    },

    async renderError(ctx, _out, error) {
      const expected = 'expose' in error && error.expose === true;
      const reference = String(ctx.state.requestId ?? '');
      await site.problem(ctx, expected ? problemOfProtocol(error) : problemOfFault(error, reference));
    },

    async logoutSource(ctx: KoaContextWithOIDC) {
      const { session, client, params } = ctx.oidc;
      const [action, xsrf] = [ctx.oidc.urlFor('end_session_confirm'), String(session?.state?.secret)];
      ctx.state.formAction = formActionOf(site.issuer, params?.post_logout_redirect_uri);
      if (await hintsAtThisSession(ctx)) return sendOn(site, ctx, action, { xsrf, logout: 'yes' });
      const portal =
        client && client.clientId !== ACCOUNT_CLIENT_ID
          ? { name: client.clientName ?? client.clientId }
          : undefined;
      await site.show(ctx, {
        view: 'site/log-out',
        // The view's button adds `logout=yes`: whoever stays sends nothing.
        form: { action, hidden: { xsrf } },
        locals: { portal },
        signedIn: true,
      });
    },

    async postLogoutSuccessSource(ctx: KoaContextWithOIDC) {
      await site.show(ctx, { view: 'site/logged-out' });
    },
  };
}
