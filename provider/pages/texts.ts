/** The words of the pages, in both languages, and how a page is put together from its template. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import i18next, { type TFunction } from 'i18next';
import type { Language } from '../core/account.ts';
import { TIME_ZONE as timeZone } from '../core/hungary.ts';
import { templatesIn } from './templates.ts';

export const LANGUAGES: readonly Language[] = ['hu', 'en'];

export type Translate = TFunction;

export interface Names {
  readonly name: string;
  readonly plusName: string;
}

export interface Texts {
  translator(language: Language): Translate;
  /** Renders `views/<view>.ejs`, with all that is printed escaped for HTML unless the view is plain text. */
  render(view: string, locals: object): Promise<string>;
  /** Compiles all templates, one at a time, so that nobody waits long for the first of a page. */
  compileAll(): Promise<void>;
}

/** Reads all strings. */
export async function texts(viewsDir: string, service: Names): Promise<Texts> {
  const strings = (language: Language) =>
    JSON.parse(readFileSync(path.join(viewsDir, 'locales', `${language}.json`), 'utf8'));
  const i18n = i18next.createInstance();
  await i18n.init({
    fallbackLng: 'hu',
    resources: Object.fromEntries(
      LANGUAGES.map((language) => [language, { translation: strings(language) }]),
    ),
    interpolation: {
      // Templates escape what they print.
      escapeValue: false,
      // Labels in capitals name it in capitals.
      defaultVariables: {
        service: service.name,
        plus: service.plusName,
        SERVICE: service.name.toLocaleUpperCase('hu'),
        PLUS: service.plusName.toLocaleUpperCase('hu'),
      },
    },
  });
  const { drawn, compileAll } = templatesIn(viewsDir);
  const translators = { hu: remembering(i18n.getFixedT('hu')), en: remembering(i18n.getFixedT('en')) };
  return {
    translator: (language) => translators[language],
    render: async (view, locals) => drawn(view, locals),
    compileAll,
  };
}

interface Values extends Readonly<Record<string, unknown>> {
  /** Asks for a group of texts that take no values. */
  readonly returnObjects?: true;
}

/** Stands around the name of a value, in a text that is kept. */
const MARK = '\u0000';
const MARKED = /\0(\w+)\0/g;

/**
 * Each text is looked up once: one that takes values with their names in their places, unless a number decides how it
 * reads, there may be none, or it is asked for in another language (`lng`). What there is no text for is not kept, so
 * there is an end to it.
 */
function remembering(translate: Translate): Translate {
  const known = new Map<string, unknown>();

  function kept(name: string, key: string, values: Values = {}): unknown {
    const found = translate(key, values);
    if (found !== key) known.set(name, found);
    return found;
  }

  function filled(key: string, values: Values): string {
    const names = Object.keys(values);
    const name = [key, ...names].join(MARK);
    const inPlace = () => Object.fromEntries(names.map((one) => [one, MARK + one + MARK]));
    const text = known.get(name) ?? kept(name, key, inPlace());
    return String(text).replace(MARKED, (_, value: string) => String(values[value] ?? ''));
  }

  const remembered = (key: string, values?: Values): unknown => {
    if (!values || values.returnObjects) return known.get(key) ?? kept(key, key, values);
    const { count, defaultValue, lng } = values;
    const asIs = count === undefined && defaultValue === undefined && lng === undefined;
    return asIs ? filled(key, values) : translate(key, values);
  };
  return Object.assign(remembered, translate) as Translate;
}

/** A waiting time in words: seconds under a minute and a half, else minutes, rounded up. */
export function duration(t: Translate, milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  return seconds < 90
    ? t('duration.seconds', { count: seconds })
    : t('duration.minutes', { count: Math.ceil(seconds / 60) });
}

const LOCALE = { hu: 'hu-HU', en: 'en-GB' } as const satisfies Record<Language, string>;

/** Making a format costs as much as a small page: one a language is made, at its first use. */
function formatted(options: Intl.DateTimeFormatOptions): (language: Language, at: number) => string {
  const formats = new Map<Language, Intl.DateTimeFormat>();
  return (language, at) => {
    const format = formats.get(language) ?? new Intl.DateTimeFormat(LOCALE[language], options);
    formats.set(language, format);
    return format.format(at);
  };
}

/** A day in the words of a language, as it was in Hungary. */
export const date = formatted({ dateStyle: 'long', timeZone });

/** A day without its year, as it was in Hungary. */
export const dayAndMonth = formatted({ month: 'short', day: 'numeric', timeZone });

/** A moment in the words of a language, in Hungarian time. */
export const dateTime = formatted({ dateStyle: 'long', timeStyle: 'short', timeZone });

/** A time of the day, hours and minutes, in Hungarian time. */
export const clockTime = formatted({ hour: '2-digit', minute: '2-digit', timeZone });

const dayWithoutTime = formatted({ dateStyle: 'long', timeZone: 'UTC' });

/** A day without a time, `YYYY-MM-DD`, in the words of a language. */
export function plainDate(language: Language, day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? day : dayWithoutTime(language, at);
}
