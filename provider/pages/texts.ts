/** The words of the pages, in both languages, and how a page is put together from its template. */
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import ejs from 'ejs';
import i18next, { type TFunction } from 'i18next';
import type { Language } from '../core/account.ts';
import { TIME_ZONE as timeZone } from '../core/hungary.ts';

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

/** For HTML, as templates do it. */
export const escaped: (text: string) => string = ejs.escapeXML;

/** Reads all strings and, with `cache`, compiles each template once. */
export async function texts(viewsDir: string, service: Names, cache: boolean): Promise<Texts> {
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
  const templateOf = (view: string) => ({
    filename: path.join(viewsDir, `${view}.ejs`),
    // With a root, what a template includes is found without looking at the disk at every page.
    root: viewsDir,
    cache,
    // Locals come without a prototype as it is (see `render`): they need not be copied once more for each template.
    unsafePrototypeLocals: true,
    ...(view.endsWith('.text') && { escape: String }),
  });
  const translators = { hu: remembering(i18n.getFixedT('hu')), en: remembering(i18n.getFixedT('en')) };
  return {
    translator: (language) => translators[language],
    render: (view, locals) => {
      const { filename, ...how } = templateOf(view);
      return ejs.renderFile(filename, Object.assign(Object.create(null), locals), how);
    },
    async compileAll() {
      for (const file of await readdir(viewsDir, { recursive: true })) {
        if (!file.endsWith('.ejs')) continue;
        const how = templateOf(file.slice(0, -'.ejs'.length));
        const source = await readFile(how.filename, 'utf8');
        if (ejs.cache.get(how.filename) === undefined) ejs.cache.set(how.filename, ejs.compile(source, how));
        await setImmediate();
      }
    },
  };
}

interface Values extends Readonly<Record<string, unknown>> {
  /** Asks for a group of texts that take no values. */
  readonly returnObjects?: true;
}

/** What takes no values is looked up once; what there is no text for is not kept, so there is an end to it. */
function remembering(translate: Translate): Translate {
  const known = new Map<string, unknown>();
  const remembered = (key: string, values?: Values): unknown => {
    if (values && !values.returnObjects) return translate(key, values);
    const found = known.get(key) ?? translate(key, values ?? {});
    if (found !== key) known.set(key, found);
    return found;
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
