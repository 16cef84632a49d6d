/** What a browser carries from one answer to the request that its redirect leads to. It opens nothing and decides nothing. */
import type { Context } from 'koa';

const COOKIE = 'kapu.ticket';

export function ticketOf(ctx: Context): string | undefined {
  return ctx.cookies.get(COOKIE, { signed: false });
}

export function giveTicket(ctx: Context, ticket: string | undefined): void {
  if (ticket === undefined) return;
  ctx.cookies.set(COOKIE, ticket, { httpOnly: true, sameSite: 'lax', signed: false, secure: ctx.secure });
}
