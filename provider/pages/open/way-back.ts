/**
 * The way back to the login that a person left for another page (a forgotten password). It is kept on the browser and
 * not in the mailed link: whoever opens that on another device has no login there to go on with.
 */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import { hostCookie } from '../../oidc/cookies.ts';

/** As long as an interaction lives. */
const KEPT_MS = 60 * 60_000;
const COOKIE = 'kapu.way-back';
const INTERACTION_ID = /^[\w-]{10,64}$/;

export interface WayBack {
  /** Takes the login from the query of the address (`?login=`), if there is one. */
  remember(ctx: Context): void;
  href(ctx: Context): Promise<string | undefined>;
}

export function wayBack({ Interaction }: Provider, secure: boolean): WayBack {
  const cookie = hostCookie(COOKIE, secure);
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  return {
    remember(ctx) {
      const { login } = ctx.query;
      if (typeof login !== 'string' || !INTERACTION_ID.test(login)) return;
      ctx.cookies.set(cookie, login, { ...options, maxAge: KEPT_MS });
    },
    async href(ctx) {
      const uid = ctx.cookies.get(cookie, options);
      const interaction = uid === undefined ? undefined : await Interaction.find(uid);
      return interaction && !interaction.result ? `/interaction/${uid}` : undefined;
    },
  };
}
