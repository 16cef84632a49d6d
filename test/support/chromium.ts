/** A real Chromium, and an independent judge of accessibility. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** WCAG 2.2 §1.4.10: no scrolling in two directions at this width. */
export const PHONE = { width: 320, height: 740 };
export const DESKTOP = { width: 1280, height: 900 };

/**
 * Chromium's address bar keeps a page of its own running beside each of ours, for nearly half of the price of a visit.
 * The last switch of this kind is the one that counts: those that Playwright sets and our pages notice are here, too.
 */
const SWITCHED_OFF = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
];

export function chromiumInstalled(): boolean {
  return existsSync(EXECUTABLE);
}

/** Only here is Playwright loaded: nearly every file of tests asks above, and few start a browser. */
export async function startChromium(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--disable-features=${SWITCHED_OFF}`,
    ],
  });
}

/** Has a file for each build of a page in which axe found nothing; without `npm test` every page is looked at. */
const RUN = process.env.TEST_RUN_FOLDER;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Clicks what leads to another page, and answers when that is loaded and its scripts have done their work. */
export async function follow(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.locator(selector).first().click()]);
}

/** Presses the main button of the form that posts to an address ending with `step`. */
export async function press(page: Page, step: string): Promise<void> {
  await follow(page, `form[action$="${step}"] button[type=submit]:not([formaction])`);
}

/**
 * What axe finds on the narrowest phone and at a desk, and whether the page scrolls sideways there; empty when all is
 * well. What is built alike, whatever words it is filled with, is looked at once in a whole run of the tests: that is most
 * of the price. Other words may still be too wide for a phone.
 */
export async function faultsOf(page: Page): Promise<string[]> {
  const size = page.viewportSize() ?? DESKTOP;
  const found: string[] = [];
  const build = createHash('sha256')
    .update(await page.evaluate(buildOfPage))
    .digest('hex');
  const passed = RUN && path.join(RUN, `axe-${build}`);
  const isNew = !passed || !existsSync(passed);
  if (isNew) await page.evaluate(readFileSync(AXE, 'utf8'));
  for (const [viewport, rules] of isNew ? LOOKS : LOOKS.slice(0, 1)) {
    await resized(page, viewport);
    const faults = [...(isNew ? await violations(page, rules) : []), ...(await sidewaysScroll(page))];
    found.push(...faults.map((fault) => `${viewport.width}px: ${fault}`));
  }
  await resized(page, size);
  if (passed && found.length === 0) writeFileSync(passed, '');
  return found;
}

async function resized(page: Page, size: typeof PHONE): Promise<void> {
  if (page.viewportSize()?.width !== size.width) await page.setViewportSize(size);
}

/**
 * On a phone all of axe's rules, and that of WCAG 2.2 §2.5.8, which is off by default. `kapu.css` changes sizes and places by
 * width, and neither colours nor what is shown (`strings.test.ts`), so at a desk only what depends on these is looked at again.
 */
const LOOKS = [
  [PHONE, { rules: { 'target-size': { enabled: true } } }],
  [DESKTOP, { runOnly: { type: 'rule', values: ['scrollable-region-focusable', 'target-size'] } }],
] as const;

/**
 * Runs in the page: its elements with their attributes and where there is text, all that axe judges by. Words, addresses
 * and what is typed are left out, and whether the language is one of our two is all that is kept of it.
 */
function buildOfPage(): string {
  const FREE =
    /^(?:action|alt|aria-label|content|d|data-(?:done|now|seconds)|datetime|href|placeholder|src|title|value)$/;
  const attribute = ({ name, value, ownerElement }: Attr) =>
    FREE.test(name) && ownerElement?.localName !== 'link'
      ? `${name} ${value.trim() !== ''}`
      : `${name}=${value.replace(/^(?:hu|en)$/, 'ours')}`;
  const build = (node: Node): string => {
    if (node.nodeType === Node.TEXT_NODE) return (node.textContent ?? '').trim() === '' ? '' : 'text';
    if (!(node instanceof Element)) return '';
    const inner = Array.from(node.childNodes, build).join('');
    return `<${[node.localName, ...Array.from(node.attributes, attribute)].join(' ')}>${inner}</>`;
  };
  return `${build(document.documentElement)} ${matchMedia('(prefers-color-scheme: dark)').matches}`;
}

async function violations(page: Page, rules: object): Promise<string[]> {
  const violations = await page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Violation[] }> };
    };
    return (await axe.run({ resultTypes: ['violations'], ...rules })).violations;
  }, rules);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}

async function sidewaysScroll(page: Page): Promise<string[]> {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: innerWidth,
  }));
  return content > window ? [`scrolls sideways: ${content}px wide`] : [];
}
