/**
 * Binds every posted form to the browser that it was shown to: a token over a secret in a cookie, and where the
 * browser says it, the site that the form was sent from (OWASP CSRF prevention: token and fetch metadata).
 */
import Tokens from 'csrf';
import type { Context } from 'koa';
import { hostCookie } from '../oidc/cookies.ts';

export interface FormGuard {
  /** The token for a form of this page; gives the browser its secret at the first form. */
  token(ctx: Context): string;
  accepts(ctx: Context, token: string | undefined): boolean;
}

/** `secure`: browsers come over TLS. */
export function formGuard({
  issuer,
  secure,
}: {
  readonly issuer: string;
  readonly secure: boolean;
}): FormGuard {
  const tokens = new Tokens();
  const cookie = hostCookie('kapu.form', secure);
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;

  function sameSite(ctx: Context): boolean {
    const site = ctx.get('sec-fetch-site');
    if (site) return site === 'same-origin' || site === 'none';
    const origin = ctx.get('origin');
    return origin === '' || origin === issuer;
  }

  return {
    token(ctx) {
      let secret = ctx.cookies.get(cookie, options) ?? (ctx.state.formSecret as string | undefined);
      if (!secret) {
        secret = tokens.secretSync();
        ctx.state.formSecret = secret;
        ctx.cookies.set(cookie, secret, options);
      }
      return tokens.create(secret);
    },
    accepts(ctx, token) {
      const secret = ctx.cookies.get(cookie, options);
      return Boolean(secret && token) && sameSite(ctx) && tokens.verify(String(secret), String(token));
    },
  };
}
