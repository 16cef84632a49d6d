/** Strings in two languages, and views: none missing, none unused. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { OUTCOME_OF } from '../../provider/pages/account/event-words.ts';

const root = path.resolve('views');
const filesBelow = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));

type Strings = { readonly [key: string]: string | Strings };

function flat(strings: Strings, prefix = ''): Record<string, string> {
  const entries = Object.entries(strings).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : Object.entries(flat(value, `${prefix}${key}.`)),
  );
  return Object.fromEntries(entries);
}

const stringsOf = (language: string) =>
  flat(JSON.parse(readFileSync(path.join(root, 'locales', `${language}.json`), 'utf8')));
const hu = stringsOf('hu');
const en = stringsOf('en');
const templates = filesBelow(root, '.ejs');
const sources = [...templates, ...filesBelow('provider', '.ts'), ...filesBelow('adapters', '.ts')].map(
  (file) => readFileSync(file, 'utf8'),
);
const singular = (key: string) => key.replace(/_(?:zero|one|other)$/, '');
const known = new Set(Object.keys(hu).map(singular));

/** `t('a.b')` and strings that are keys by their looks. */
const spoken = new Set(
  sources.flatMap((text) => [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key = '']) => key)),
);
/** `t(`a.${x}.b`)`: whatever fits the pattern counts as used. */
const patterns = sources
  .flatMap((text) =>
    [...text.matchAll(/[`'"]((?:[\w-]+\.)+(?:[\w.-]|\$\{[^}`]*\})*\$\{[^`]*?)[`]/g)].map(
      ([, key = '']) => key,
    ),
  )
  .map((pattern) => new RegExp(`^${pattern.replace(/\$\{[^}]*\}/g, '[\\w-]+').replaceAll('.', '\\.')}$`));
const quoted = new Set(
  sources.flatMap((text) => [...text.matchAll(/'((?:[\w-]+\.)+[\w-]+)'/g)].map(([, key = '']) => key)),
);

describe('strings', () => {
  it('are the same keys in both languages', () => {
    expect(Object.keys(en).toSorted()).toEqual(Object.keys(hu).toSorted());
  });

  it('have the same variables in both languages', () => {
    const variables = (text: string | undefined) =>
      [...new Set((text ?? '').match(/\{\{\w+\}\}/g)?.map((name) => name.toLowerCase()))].toSorted();
    const different = Object.keys(hu).filter(
      (key) => variables(hu[key]).join() !== variables(en[key]).join(),
    );
    expect(different).toEqual([]);
  });

  it('are all there that a page speaks', () => {
    expect([...spoken].filter((key) => !known.has(key))).toEqual([]);
  });

  it('are all used', () => {
    // Help is asked for by the page's name, all its texts at once.
    const helped = new Set(
      sources.flatMap((text) => [...text.matchAll(/here: '(\w+)'/g)].map(([, name = '']) => name)),
    );
    const used = (key: string) =>
      helped.has(/^here\.(\w+)\./.exec(key)?.[1] ?? '') ||
      spoken.has(key) ||
      quoted.has(key) ||
      patterns.some((pattern) => pattern.test(key));
    expect([...known].filter((key) => !used(key))).toEqual([]);
  });

  it('never name the service themselves', () => {
    const named = [...Object.entries(hu), ...Object.entries(en)].filter(([, text]) =>
      /ügyfélkapu\b/i.test(text),
    );
    expect(named.map(([key]) => key)).toEqual([]);
  });

  it.each([
    'wrong-credentials',
    'wrong-password',
    'malformed-email',
    'same-email',
    'wrong-email-code',
    'email-code-dead',
    'dead-link',
    'throttled',
    'wrong-code',
    'code-used',
    'clock-fast',
    'clock-slow',
    'wrong-deletion-code',
    'deletion-code-used',
    'deletion-code-replaced',
    'choose-device',
    'name-device',
    'device-gone',
    'too-many-devices',
    'malformed-code',
    'factor-locked',
    'already-enrolled',
    'not-saved',
    'choose-method',
    'required',
    'too-long',
    'csrf',
    'malformed',
  ])('have a text for the refusal %s', (because) => {
    expect(known).toContain(`refusal.${because}`);
  });
});

describe('the history', () => {
  it.each(Object.keys(OUTCOME_OF))('has words for %s', (kind) => {
    expect(known).toContain(`history.event.${kind}`);
  });
});

describe('views', () => {
  it('belong to a page, a mail or another view', () => {
    const text = sources.join('\n');
    const names = templates.map((file) => path.relative(root, file).replace(/\.ejs$/, ''));
    const orphans = names.filter((name) => {
      const [base = ''] = path.basename(name).split('.');
      if (name.startsWith('partials/'))
        return !text.includes(`partials/${base}'`) && !text.includes(`('${base}'`);
      return !text.includes(`'${name}'`) && !text.includes(`('${path.basename(name)}.ejs'`);
    });
    expect(orphans).toEqual([]);
  });

  it('have help where they stand, every one but the help itself', () => {
    const pages = templates.filter((file) => !/\/(?:mail|partials)\//.test(file));
    const silent = pages.filter((file) => {
      const [, key] = /partials\/help', \{ here: '(\w+)' \}/.exec(readFileSync(file, 'utf8')) ?? [];
      return !Object.keys(hu).some((text) => text.startsWith(`here.${key}.`));
    });
    expect(silent.map((file) => path.relative(root, file))).toEqual(['site/help.ejs']);
  });

  it('print what people typed only escaped', () => {
    const raw = templates.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/<%-\s*([^%]*)%>/g)]
        .map(([, code = '']) => code.trim())
        .filter((code) => !code.startsWith('include('))
        .map((code) => `${path.relative(root, file)}: ${code}`),
    );
    expect(raw).toEqual([]);
  });

  it('have no inline style, script or handler (the content policy forbids them)', () => {
    const bad = templates
      .filter((file) => !file.includes('/mail/'))
      .filter((file) =>
        /\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\bsrc=)/.test(readFileSync(file, 'utf8')),
      );
    expect(bad).toEqual([]);
  });
});

describe('the style sheet', () => {
  it('changes sizes and places by width, and neither colours nor what is shown: axe looks at those once', () => {
    const css = readFileSync(path.join(root, 'public', 'kapu.css'), 'utf8');
    const byWidth = [...css.matchAll(/@media \((?:min|max)-width[^{]*\{(.*?)\n\}/gs)].map(
      ([, rules]) => rules,
    );
    expect(byWidth.length).toBeGreaterThan(3);
    for (const rules of byWidth) expect(rules).not.toMatch(/color|background|visibility|display: none/);
  });
});
