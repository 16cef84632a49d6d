/**
 * What a page may use of HTTP, and no more: a visit comes in, a view goes out. koa itself stays with what serves all
 * pages: this folder's own files, the dispatcher and the guard, `routes.ts` and `app.ts`.
 */
import type { Context } from 'koa';
import type { Language } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import type { Because } from '../core/refusal.ts';
import type { FormGuard } from './csrf.ts';
import { languageHref, languageOf, shownAt } from './language.ts';
import { addressOf } from './network-address.ts';
import { clockTime, type Names, type Texts, type Translate } from './texts.ts';

/** Somebody at a page. */
export interface Visit {
  readonly language: Language;
  readonly t: Translate;
  readonly origin: Origin;
}

export interface FormView {
  readonly action: string;
  readonly values?: Readonly<Record<string, string>>;
  /** Fields that nobody sees. */
  readonly hidden?: Readonly<Record<string, string>>;
  /** Field -> text, translated. */
  readonly errors?: Readonly<Record<string, string>>;
  /** What concerns the form as a whole, translated. */
  readonly problem?: string;
  /** Why it was refused, for a page that has more to say on it. */
  readonly because?: Because;
}

export interface View {
  readonly view: string;
  readonly locals?: object;
  readonly form?: FormView;
  readonly status?: number;
  /** Milliseconds until it may be tried again. */
  readonly retryAfterMs?: number;
  /** Where the browser goes by itself when that time has passed. */
  readonly comesBackTo?: string;
  /** Where the cancel button posts to. */
  readonly cancel?: string;
  readonly signedIn?: boolean;
  /** When whoever is signed in is logged out, unless they come back; milliseconds since the epoch, as all times. */
  readonly sessionEndsAt?: number;
  readonly sessionSecondsLeft?: number;
  /** When the login under way can't be gone on with any more. */
  readonly interactionEndsAt?: number;
}

/** Names of `problem.*` texts. */
export type ProblemName =
  | 'not-found'
  | 'expired'
  | 'finished'
  | 'foreign'
  | 'session-changed'
  | 'bad-request'
  | 'too-large'
  | 'forbidden'
  | 'wrong-host'
  | 'method-not-allowed'
  | 'unavailable'
  | 'overloaded'
  | 'unsent'
  | 'waiting'
  | 'server'
  | 'invalid-client'
  | 'invalid-redirect'
  | 'protocol';

export interface Way {
  readonly href: string;
  readonly label: string;
}

export interface Problem {
  readonly name: ProblemName;
  readonly status: number;
  readonly ways?: readonly Way[];
  readonly retryAfterMs?: number;
  /** `retryAfterMs` in words, for texts that speak of it. */
  readonly wait?: string;
  readonly comesBackTo?: string;
  /** What the person may quote to the help desk. */
  readonly reference?: string;
}

export interface Site {
  readonly issuer: string;
  readonly service: Names;
  readonly contact: { readonly email: string; readonly phone?: string };
  readonly guard: FormGuard;
  visit(ctx: Context, chosen?: Language): Visit;
  show(ctx: Context, view: View, visit?: Visit): Promise<void>;
  problem(ctx: Context, problem: Problem, visit?: Visit): Promise<void>;
  /** The body of a problem's page that may be tried again; `elsewhere` is its address in the other language. */
  problemBody(
    name: ProblemName,
    language: Language,
    at: { readonly here: string; readonly elsewhere: string },
  ): Promise<string>;
}

export interface SiteOptions {
  readonly issuer: string;
  readonly service: Names;
  readonly contact: Site['contact'];
  readonly texts: Texts;
  readonly guard: FormGuard;
}

export function site({ issuer, service, contact, texts, guard }: SiteOptions): Site {
  function visit(ctx: Context, chosen?: Language): Visit {
    const language = languageOf(ctx, chosen);
    const userAgent = ctx.get('user-agent').slice(0, 400);
    const origin = { address: addressOf(ctx.ip), ...(userAgent && { userAgent }) };
    return { language, t: texts.translator(language), origin };
  }

  const onEveryPage = (lang: Language) => ({ t: texts.translator(lang), lang, service, contact });

  async function show(ctx: Context, page: View, { language } = visit(ctx)): Promise<void> {
    const { form } = page;
    const locals = {
      ...onEveryPage(language),
      signedIn: page.signedIn ?? page.sessionEndsAt !== undefined,
      ...(page.sessionEndsAt && {
        sessionEnds: clockTime(language, page.sessionEndsAt),
        sessionSecondsLeft: page.sessionSecondsLeft,
      }),
      ...(page.interactionEndsAt && { interactionEnds: clockTime(language, page.interactionEndsAt) }),
      languageHref: (other: Language) => languageHref(ctx, other),
      ...(form && { form: { values: {}, errors: {}, ...form, csrf: guard.token(ctx) } }),
      ...(page.cancel && { cancel: page.cancel }),
      ...page.locals,
    };
    ctx.status = page.status ?? 200;
    ctx.type = 'html';
    ctx.set('Content-Language', language);
    if (page.retryAfterMs !== undefined) {
      const seconds = Math.ceil(page.retryAfterMs / 1000);
      ctx.set('Retry-After', `${seconds}`);
      if (page.comesBackTo) ctx.set('Refresh', `${seconds};url=${page.comesBackTo}`);
    }
    ctx.body = await texts.render(page.view, locals);
  }

  function problemLocals(
    { name, ways, wait, reference }: Omit<Problem, 'status'>,
    t: Translate,
    usual: readonly Way[] = [],
  ) {
    const text = `problem.${name}.text`;
    return {
      title: t(`problem.${name}.title`),
      text: wait === undefined ? t(text) : t(text, { wait }),
      ways: ways ?? usual,
      reference,
    };
  }

  async function problem(ctx: Context, given: Problem, at = visit(ctx)): Promise<void> {
    const { t } = at;
    const { status, retryAfterMs, comesBackTo } = given;
    const locals = problemLocals(given, t, [
      ...(retryAfterMs ? [{ href: shownAt(ctx), label: t('way.again') }] : []),
      { href: '/', label: t('way.home') },
      { href: '/help', label: t('way.help') },
    ]);
    const back = comesBackTo ?? (retryAfterMs ? (ctx.state.shownAt as string | undefined) : undefined);
    const again = { ...(retryAfterMs && { retryAfterMs }), ...(back && { comesBackTo: back }) };
    await show(ctx, { view: 'site/problem', status, locals, ...again }, at);
  }

  async function problemBody(
    name: ProblemName,
    language: Language,
    { here, elsewhere }: { readonly here: string; readonly elsewhere: string },
  ): Promise<string> {
    const always = onEveryPage(language);
    const { t } = always;
    const ways = [
      { href: here, label: t('way.again') },
      { href: '/help', label: t('way.help') },
    ];
    const locals = { ...always, signedIn: false, languageHref: () => elsewhere };
    return texts.render('site/problem', { ...locals, ...problemLocals({ name, ways }, t) });
  }

  return { issuer, service, contact, guard, visit, show, problem, problemBody };
}
