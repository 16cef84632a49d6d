/** Which language a visitor reads: what they chose here, what the portal asked for, or what their browser says. */
import type { Context } from 'koa';
import type { Language } from '../core/account.ts';
import { prefer, preferred } from './preferences.ts';
import { LANGUAGES } from './texts.ts';

export function asLanguage(text: unknown): Language | undefined {
  return LANGUAGES.find((language) => language === text);
}

/** The first language of a space-separated list of BCP 47 tags (`ui_locales`) that we speak. */
export function preferredLanguage(tags: string): Language | undefined {
  return tags
    .split(' ')
    .map((tag) => asLanguage(tag.split('-')[0]?.toLowerCase()))
    .find(Boolean);
}

/** The language just chosen with `?lang=`, remembered on this browser. */
export function chosenLanguage(ctx: Context): Language | undefined {
  const chosen = asLanguage(ctx.query.lang);
  if (chosen) prefer(ctx, 'kapu.language', chosen);
  return chosen;
}

export function languageOf(ctx: Context, chosen?: Language): Language {
  return (
    chosen ??
    asLanguage(ctx.query.lang) ??
    asLanguage(preferred(ctx, 'kapu.language')) ??
    asLanguage(ctx.acceptsLanguages([...LANGUAGES])) ??
    'hu'
  );
}

/** Where a page can be opened: a posted form has no address of its own, but its page has. */
export function shownAt(ctx: Context): string {
  return (ctx.state.shownAt as string | undefined) ?? ctx.path.replace(/^\/+/, '/');
}

/** This page in the other language. */
export function languageHref(ctx: Context, language: Language): string {
  const query = new URLSearchParams(ctx.method === 'GET' ? ctx.querystring : '');
  query.set('lang', language);
  return `${shownAt(ctx)}?${query}`;
}
