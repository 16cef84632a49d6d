/** What a portal is brought in the end: an answer, an error, or nothing. */
import { type Browser, formsOf } from './browser.ts';
import type { Citizen } from './citizen.ts';

/** By redirect, or by the form that the browser is about to send. */
export function broughtBy(browser: Browser): URLSearchParams | undefined {
  const { left, html } = browser.page;
  if (left !== undefined) return new URL(left).searchParams;
  const form = formsOf(html).find(({ action }) => action.startsWith('https://portal.example.hu/'));
  return form && new URLSearchParams(form.fields);
}

/** Opens a request, goes through whatever is asked, by the password where there is a choice, and answers what came of it. */
export async function arrival(citizen: Citizen, href: string): Promise<URLSearchParams> {
  const { browser } = citizen;
  await browser.open(href);
  for (let steps = 0; steps < 6 && !broughtBy(browser); steps += 1) {
    if (browser.hasForm('/method')) await citizen.choosesMethod('password');
    else if (browser.hasForm('/password')) await citizen.entersPassword();
    else if (browser.hasForm('/code')) await citizen.entersCode();
    else if (browser.hasForm('/consent')) await citizen.consents();
    else break;
  }
  return broughtBy(browser) ?? new URLSearchParams();
}
