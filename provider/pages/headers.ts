/** Headers of every answer: what the browser may load, send and remember. */

import helmet from 'helmet';
import type { Context, Middleware } from 'koa';

/** `form-action` holds for the whole chain of redirects after a form, up to the portal's own address. */
export function formActionOf(issuer: string, redirectUri: unknown): string[] {
  if (typeof redirectUri !== 'string' || !URL.canParse(redirectUri)) return [];
  const { origin, protocol } = new URL(redirectUri);
  if (origin === issuer) return [];
  return [origin === 'null' ? protocol : origin];
}

/** `secure`: browsers come over TLS. */
export function securityHeaders(issuer: string, secure: boolean): Middleware {
  const headers = helmet({
    contentSecurityPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
  });
  const policy = contentPolicy(secure);
  return async (ctx, next) => {
    // Sets them, and waits for nothing.
    headers(ctx.req, ctx.res, () => undefined);
    // Set before, so that oidc-provider's own pages can add the hash of their script; and after, when it is known
    // which portal a form may lead to.
    ctx.set('Content-Security-Policy', policy);
    if (!ctx.path.startsWith('/public/')) ctx.set('Cache-Control', 'no-store');
    await next();
    // A file that is not there is an answer like any other.
    if (ctx.status >= 400) ctx.set('Cache-Control', 'no-store');
    allowFormActions(ctx, issuer);
  };
}

function allowFormActions(ctx: Context, issuer: string): void {
  const origins = (ctx.state.formAction as string[] | undefined) ?? formPostOrigins(ctx, issuer);
  if (origins.length === 0) return;
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set(
    'Content-Security-Policy',
    policy.replace("form-action 'self'", `form-action 'self' ${origins.join(' ')}`),
  );
}

interface ProtocolContext {
  readonly route?: string;
  readonly redirectUriCheckPerformed?: boolean;
  readonly params?: { readonly redirect_uri?: unknown; readonly post_logout_redirect_uri?: unknown };
}

/** oidc-provider's own forms post, or lead on, to an address of the portal that it has checked by then. */
function formPostOrigins(ctx: Context, issuer: string): string[] {
  const { oidc } = ctx as { oidc?: ProtocolContext };
  if (oidc?.redirectUriCheckPerformed) return formActionOf(issuer, oidc.params?.redirect_uri);
  const leaving = oidc?.route === 'end_session' && ctx.status === 200;
  return leaving ? formActionOf(issuer, oidc.params?.post_logout_redirect_uri) : [];
}

function contentPolicy(secure: boolean): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(secure ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}
