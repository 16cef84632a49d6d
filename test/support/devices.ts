/** What a person does with their devices, over HTTP. */
import { generateSync } from 'otplib';
import { Browser, unescaped } from './browser.ts';
import { Citizen } from './citizen.ts';
import type { TestKapu } from './kapu.ts';
import type { Portal } from './portal.ts';
import { SECONDS, travel } from './time.ts';

export const SETTINGS = '/account/plus';

/** Labels of the links on the settings page. */
export const CHANGE = 'BEÁLLÍTÁS MÁS ESZKÖZRE';
export const ADD = 'TOVÁBBI ESZKÖZ HOZZÁADÁSA';
export const NEW_CODE = 'ÚJ TÖRLŐKÓD';

/** Somebody who enrolled as people do, and knows their deletion code; the time step is over. */
export async function owner(kapu: TestKapu, portal: Portal): Promise<Citizen> {
  const citizen = await Citizen.born(kapu);
  await citizen.logsIn(portal);
  travel(60 * SECONDS);
  return citizen;
}

/** Presses a link by its label. */
export async function follows({ browser }: Citizen, label: string): Promise<void> {
  const links = [...browser.page.html.matchAll(/<a\b[^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)];
  const [, href = ''] = links.find(([, , inner = '']) => inner.includes(label)) ?? [];
  if (!href) throw new Error(`no link "${label}":\n${browser.text}`);
  await browser.open(unescaped(href));
}

/** The same, who has pressed the link of this label at their settings. */
export async function ownerAt(label: string, kapu: TestKapu, portal: Portal): Promise<Citizen> {
  const citizen = await owner(kapu, portal);
  await atSettings(citizen);
  await follows(citizen, label);
  return citizen;
}

export async function atSettings(citizen: Citizen): Promise<void> {
  await citizen.comesHome(SETTINGS);
}

/** Reads the QR code with a new phone and proves it; answers the secret of the phone that is used no more. */
export async function pairs(
  citizen: Citizen,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const before = citizen.secret ?? '';
  citizen.readsSecret();
  await citizen.browser.submit('/pair', { password: citizen.password, code: citizen.code(), ...fields });
  return before;
}

export async function finishes(citizen: Citizen): Promise<void> {
  citizen.readsDeletionCode();
  await citizen.browser.submit('/deletion-code', { saved: 'yes' });
}

export function codeOf(secret: string, stepsFromNow = 0): string {
  return generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + stepsFromNow * 30 });
}

/** Whether a stranger's browser gets in with the password and the code of the phone with this secret. */
export async function opens(citizen: Citizen, portal: Portal, secret: string | undefined): Promise<boolean> {
  travel(60 * SECONDS);
  const browser = new Browser(citizen.kapu.issuer);
  await browser.open((await portal.visit()).url);
  await browser.submit('/password', { username: citizen.username, password: citizen.password });
  if (!browser.hasForm('/code')) return false;
  const page = await browser.submit('/code', { code: codeOf(secret ?? '') });
  return page.left !== undefined || browser.hasForm('/consent');
}

export async function devicesOf({ kapu, accountId }: Citizen) {
  return (await kapu.accounts.find(accountId))?.authenticators ?? [];
}
