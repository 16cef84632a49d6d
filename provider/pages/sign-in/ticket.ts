/** What a browser carries from one answer to the request that its redirect leads to. It opens nothing and decides nothing. */
import type { Context } from 'koa';
import { hostCookie } from '../../oidc/cookies.ts';

const cookieOf = ({ secure }: Context) => hostCookie('kapu.ticket', secure);

export function ticketOf(ctx: Context): string | undefined {
  return ctx.cookies.get(cookieOf(ctx), { signed: false });
}

export function giveTicket(ctx: Context, ticket: string | undefined): void {
  if (ticket === undefined) return;
  ctx.cookies.set(cookieOf(ctx), ticket, {
    httpOnly: true,
    sameSite: 'lax',
    signed: false,
    secure: ctx.secure,
  });
}
