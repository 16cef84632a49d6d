/**
 * The door of logins: before anything is looked up, stored or logged, whoever can't be served now is told when to come
 * back, and who can takes turns with others. A storm is mostly this, so it costs as little as can be: the page is put
 * together once a language.
 */
import type { Context, Middleware } from 'koa';
import type { Language } from '../../core/account.ts';
import type { Entrance, Turns } from '../../flows/ports.ts';
import { asLanguage, languageHref, languageOf, preferredLanguage } from '../language.ts';
import { addressOf } from '../network-address.ts';
import type { Site } from '../page.ts';
import { escaped } from '../templates.ts';
import { ticketOf } from './ticket.ts';

export interface DoorPorts {
  readonly site: Site;
  readonly entrance: Entrance;
  readonly turns: Turns;
  readonly sessionCookie: string;
}

/** Stand for the addresses in the page that is kept. */
const HERE = '/auth?here';
const ELSEWHERE = '/auth?elsewhere';

/** Of a page, around its address in the other language and its own. */
interface Parts {
  readonly start: string;
  readonly middle: string;
  readonly end: string;
}

/** What was pushed (RFC 9126 §2.2). Anything else there is no reference, and an empty one is none to oidc-provider. */
const PUSHED = 'urn:ietf:params:oauth:request_uri:';

/** What browsers ask for on their way through a login. Programs ask for none of it, and wait for nobody. */
const OF_LOGINS = /^\/(?:auth|interaction)(?:\/|$)/;

/** An authorization request by POST is only asked for again by GET, and waits there with all that was sent. */
const isRepeated = ({ method, path }: Context) => method === 'POST' && path === '/auth';

export function door({ site, entrance, turns, sessionCookie }: DoorPorts): Middleware {
  const kept = new Map<string, Promise<Parts>>();

  /**
   * Without a session an authorization request is a login, which begins at the pace. `prompt=none` begins none, and a
   * pushed one would run out meanwhile: these only take turns, as does who comes with a session, and not all too often.
   */
  function begins(ctx: Context): boolean {
    if (ctx.path !== '/auth') return false;
    const { prompt, request_uri: pushed } = ctx.query;
    if (prompt === 'none') return false;
    if (typeof pushed === 'string' && pushed.startsWith(PUSHED)) return !entrance.opens(pushed);
    const session = ctx.cookies.get(sessionCookie, { signed: true });
    return session === undefined || !entrance.passes(session);
  }

  async function pageOf(name: 'overloaded' | 'unsent', language: Language): Promise<Parts> {
    const page = await site.problemBody(name, language, { here: HERE, elsewhere: ELSEWHERE });
    const [start = '', rest = ''] = page.split(ELSEWHERE);
    const [middle = '', end = ''] = rest.split(HERE);
    return { start, middle, end };
  }

  async function turnAway(ctx: Context, busyMs: number): Promise<void> {
    const language = languageAtDoor(ctx);
    // What was sent is not kept: a page that came back by itself would have lost it.
    const name = ctx.method === 'POST' ? 'unsent' : 'overloaded';
    const page = kept.get(name + language) ?? pageOf(name, language);
    kept.set(name + language, page);
    const seconds = Math.ceil(busyMs / 1000);
    ctx.status = 503;
    ctx.type = 'html';
    ctx.set('Content-Language', language);
    ctx.set('Retry-After', `${seconds}`);
    if (name === 'overloaded') ctx.set('Refresh', `${seconds};url=${ctx.url}`);
    const elsewhere = languageHref(ctx, language === 'hu' ? 'en' : 'hu');
    const { start, middle, end } = await page;
    ctx.body = `${start}${escaped(elsewhere)}${middle}${escaped(ctx.url)}${end}`;
  }

  function busyMs(ctx: Context): number | undefined {
    const address = addressOf(ctx.ip);
    if (begins(ctx)) return entrance.busyMs(address);
    // Whoever carries a ticket has sent a form: what they open is its answer.
    const typed = ctx.method === 'POST' || ticketOf(ctx) !== undefined;
    return turns.busyMs(address, typed ? 'typed' : 'opening');
  }

  return (ctx, next) => {
    // A target with a host of its own is refused further in.
    if (!OF_LOGINS.test(ctx.path) || isRepeated(ctx) || !ctx.url.startsWith('/')) return next();
    if (ctx.req.socket.destroyed) return Promise.resolve();
    const busy = busyMs(ctx);
    if (busy !== undefined) return turnAway(ctx, busy);
    const turn = turns.mine();
    // Whoever has gone meanwhile needs no answer, and nobody else shall wait for it.
    return turn ? turn.then(() => (ctx.req.socket.destroyed ? undefined : next())) : next();
  };
}

/** What the portal asks for counts unless another one was chosen on this very page. */
function languageAtDoor(ctx: Context): Language {
  const { lang, ui_locales: asked } = ctx.query;
  const wanted = typeof asked === 'string' ? preferredLanguage(asked) : undefined;
  return asLanguage(lang) ?? wanted ?? languageOf(ctx);
}
