/** A real Chromium, and an independent judge of accessibility. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 900 };
/** WCAG 2.2 §1.4.10: no scrolling in two directions at this width. */
const NARROWEST = 320;

export function chromiumInstalled(): boolean {
  return existsSync(EXECUTABLE);
}

export function startChromium(): Promise<Browser> {
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
    ],
  });
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * What axe finds on a phone and at a desk, and whether the page scrolls sideways on the narrowest phone; empty when all
 * is well. Most of the price is to bring axe into the page: one call for all sizes.
 */
export async function faultsOf(page: Page): Promise<string[]> {
  const size = page.viewportSize() ?? DESKTOP;
  const found: string[] = [];
  await page.evaluate(AXE);
  for (const viewport of [PHONE, DESKTOP]) {
    await page.setViewportSize(viewport);
    found.push(...(await violations(page)).map((fault) => `${viewport.width}px: ${fault}`));
  }
  found.push(...(await sidewaysScroll(page)));
  await page.setViewportSize(size);
  return found;
}

async function violations(page: Page): Promise<string[]> {
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}

async function sidewaysScroll(page: Page): Promise<string[]> {
  await page.setViewportSize({ width: NARROWEST, height: PHONE.height });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  return width > NARROWEST ? [`scrolls sideways: ${width}px wide at ${NARROWEST}px`] : [];
}
