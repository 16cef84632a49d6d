/** A person with a user name, a password, a browser and, once enrolled, an authenticator app. */
import { generateSecret, generateSync } from 'otplib';
import type { Account, Role } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { Browser, type Page, unescaped } from './browser.ts';
import type { TestKapu } from './kapu.ts';
import type { Portal } from './portal.ts';

export interface CitizenOptions {
  readonly username?: string;
  readonly enrolled?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export const PASSWORD = 'korrekt ló elem kapocs';

let born = 0;

export class Citizen {
  readonly username: string;
  readonly password = PASSWORD;
  readonly kapu: TestKapu;
  readonly accountId: string;
  browser: Browser;
  secret?: string;
  deletionCode?: string;

  private constructor(
    kapu: TestKapu,
    username: string,
    accountId: string,
    browser: Browser,
    secret?: string,
  ) {
    this.kapu = kapu;
    this.username = username;
    this.accountId = accountId;
    this.browser = browser;
    if (secret !== undefined) this.secret = secret;
  }

  static async born(kapu: TestKapu, options: CitizenOptions = {}): Promise<Citizen> {
    born += 1;
    const username = options.username ?? `polgar${born}`;
    const secret = options.enrolled ? generateSecret() : undefined;
    const registered = await kapu.registerAccount(
      {
        username,
        password: PASSWORD,
        email: `${username}@example.hu`,
        person: { familyName: 'Kovács', givenName: 'Anna', birthdate: '1950-02-03' },
        ...(secret !== undefined && { totpSecret: secret }),
      },
      { by: COMMAND_LINE },
    );
    if (!registered.ok) throw new Error(`not registered: ${registered.because}`);
    return new Citizen(
      kapu,
      username,
      registered.account.id,
      new Browser(kapu.issuer, options.headers),
      secret,
    );
  }

  /** Somebody who works there, with the app that the console asks for. */
  static async staff(kapu: TestKapu, role: Role): Promise<Citizen> {
    const one = await Citizen.born(kapu, { enrolled: true });
    await kapu.staffRoles.give(one.accountId, role, { by: COMMAND_LINE });
    return one;
  }

  /** Somebody who is registered and enrolled already. */
  static async known(kapu: TestKapu, username: string, secret: string): Promise<Citizen> {
    const account = await kapu.accounts.findByUsername(username);
    if (!account) throw new Error(`nobody is called ${username}`);
    return new Citizen(kapu, username, account.id, new Browser(kapu.issuer), secret);
  }

  /** What the store says of the account from now on, whatever the product would have to say to that. */
  async becomes(changes: Partial<Account>): Promise<void> {
    await this.kapu.accounts.update(this.accountId, (account) => ({
      account: { ...account, ...changes },
      result: undefined,
    }));
  }

  /** Another device, with no cookies. */
  takesNewBrowser(headers: Readonly<Record<string, string>> = {}): void {
    this.browser = new Browser(this.kapu.issuer, headers);
  }

  /** The six digits that the app shows now, or `steps` time steps from now. */
  code(steps = 0): string {
    if (this.secret === undefined) throw new Error('this citizen has no authenticator');
    return generateSync({ secret: this.secret, epoch: Math.floor(Date.now() / 1000) + steps * 30 });
  }

  async goesTo(portal: Portal, parameters: Readonly<Record<string, string>> = {}) {
    const visit = await portal.visit(parameters);
    await this.browser.open(visit.url);
    return visit;
  }

  choosesMethod(method: 'password' | 'totp'): Promise<Page> {
    return this.browser.submit('/method', { method });
  }

  entersPassword(password = this.password): Promise<Page> {
    return this.browser.submit('/password', { username: this.username, password });
  }

  entersCode(code = this.code()): Promise<Page> {
    return this.browser.submit('/code', { code });
  }

  consents(): Promise<Page> {
    return this.browser.submit('/consent');
  }

  /** From the first enrolment page to the success page. */
  async enrols(): Promise<Page> {
    await this.browser.submit('/enrol');
    this.readsSecret();
    await this.browser.submit('/pair', { password: this.password, code: this.code() });
    this.readsDeletionCode();
    return this.browser.submit('/deletion-code', { saved: 'yes' });
  }

  readsSecret(): void {
    const uri = /href="(otpauth:[^"]+)"/.exec(this.browser.page.html)?.[1];
    if (!uri) throw new Error('no otpauth link on the page');
    this.secret = new URL(unescaped(uri)).searchParams.get('secret') ?? '';
  }

  readsDeletionCode(): void {
    const code = /[0-9A-Z]{4}(?:- ?[0-9A-Z]{4}){3}/.exec(this.browser.text)?.[0];
    if (!code) throw new Error(`no deletion code on the page:\n${this.browser.text}`);
    this.deletionCode = code;
  }

  /** Logs in at their own pages. */
  async comesHome(path = '/account'): Promise<Page> {
    await this.browser.open(path);
    await this.goesThrough(path);
    return this.browser.page;
  }

  /** The app stays in the pocket, at a portal that takes that. */
  async logsInByPassword(portal: Portal) {
    const visit = await this.goesTo(portal);
    await this.choosesMethod('password');
    await this.entersPassword();
    await this.consents();
    return visit.arrive(this.browser.page.left ?? '');
  }

  /** Goes through every step that is shown until the portal is reached. */
  async logsIn(portal: Portal, parameters: Readonly<Record<string, string>> = {}) {
    const visit = await this.goesTo(portal, parameters);
    await this.goesThrough();
    return visit.arrive(this.browser.page.left ?? '');
  }

  /** Until the portal is reached, or the page at `path`. */
  async goesThrough(path?: string): Promise<void> {
    const arrived = () => this.browser.page.left !== undefined || this.browser.page.path === path;
    for (let steps = 0; steps < 8 && !arrived(); steps += 1) await this.#takesNextStep();
    if (!arrived()) throw new Error(`did not get through:\n${this.browser.text}`);
  }

  /** The same for a page of the product. */
  async goesThroughTo(path: string): Promise<void> {
    for (let steps = 0; steps < 8 && this.browser.page.path !== path; steps += 1) await this.#takesNextStep();
  }

  async #takesNextStep(): Promise<unknown> {
    const { browser } = this;
    if (browser.hasForm('/method'))
      return this.choosesMethod(this.secret === undefined ? 'password' : 'totp');
    if (browser.hasForm('/password')) return this.entersPassword();
    if (browser.hasForm('/code')) return this.entersCode();
    if (browser.hasForm('/consent')) return this.consents();
    if (browser.hasForm('/enrol')) return this.enrols();
    if (browser.hasForm('/enrolled')) return browser.submit('/enrolled');
    throw new Error(`no step is shown at ${browser.page.path}:\n${browser.text}`);
  }
}
