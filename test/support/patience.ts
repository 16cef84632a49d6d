/**
 * People who don't give up: while something breaks they log in or enrol, reload what failed and begin again, as people
 * do; and the account of what became of it: what was acknowledged and got lost, what was accepted twice, who is locked
 * out.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { generateSync } from 'otplib';
import { Browser } from './browser.ts';
import { Citizen } from './citizen.ts';
import type { TestKapu } from './kapu.ts';
import { mailsTo } from './mail.ts';
import type { Portal, Visit } from './portal.ts';
import { MINUTES, travel } from './time.ts';

export interface Tally {
  /** Journeys begun, counting each new beginning. */
  tries: number;
  /** Logins of which the portal has its tokens. */
  acknowledged: number;
  /** Answers that were no page, or one that asks to come again. */
  interrupted: number;
  /** Acknowledged, and not so in the store afterwards. */
  lost: number;
  /** One-time codes and authorization codes that were taken again. */
  twice: number;
  /** With an authenticator and no deletion code, or the other way round. */
  half: number;
  lockedOut: number;
}

/** In the letter about an enrolment. */
const ENROLLED = 'Fiókjában bekapcsolták';
const GIVES_UP_AFTER_MS = 25_000;
const LOOKS_AGAIN_AFTER_MS = 150;
/** What an app shows while a time step lasts that is not the last one of the window: three tries in a row. */
const STEPS = [-1, 0, 1];

interface Patient {
  readonly citizen: Citizen;
  readonly enrolling: boolean;
  /** How many codes of this time were refused. */
  refused: number;
  arrived?: { readonly visit: Visit; readonly callback: string };
}

export class Patience {
  readonly tally: Tally = {
    tries: 0,
    acknowledged: 0,
    interrupted: 0,
    lost: 0,
    twice: 0,
    half: 0,
    lockedOut: 0,
  };
  readonly #kapu: TestKapu;
  readonly #portal: Portal;
  readonly #people: Patient[] = [];
  #forms = 0;

  private constructor(kapu: TestKapu, portal: Portal) {
    this.#kapu = kapu;
    this.#portal = portal;
  }

  /** So many of each, registered; `portal` demands the higher level. */
  static async of(kapu: TestKapu, portal: Portal, enrolled: number, enrolling: number): Promise<Patience> {
    const made = new Patience(kapu, portal);
    for (let i = 0; i < enrolled + enrolling; i += 1) {
      const citizen = await Citizen.born(kapu, { enrolled: i < enrolled });
      made.#people.push({ citizen, enrolling: i >= enrolled, refused: 0 });
    }
    return made;
  }

  /** Everybody at once; answers when all have arrived or given up. */
  async allLogIn(): Promise<void> {
    await Promise.all(this.#people.map((person) => this.#logsIn(person)));
  }

  /** The account of one of them. */
  get somebody(): string {
    return this.#people[0]?.citizen.accountId ?? '';
  }

  async #logsIn(person: Patient): Promise<void> {
    const until = performance.now() + GIVES_UP_AFTER_MS;
    while (!person.arrived && performance.now() < until) {
      this.tally.tries += 1;
      try {
        await this.#tries(person);
        this.tally.acknowledged += 1;
      } catch {
        this.tally.interrupted += 1;
        await pause(LOOKS_AGAIN_AFTER_MS);
      }
    }
    if (!person.arrived) this.tally.lockedOut += 1;
  }

  async #tries(person: Patient): Promise<void> {
    const { citizen } = person;
    const visit = await citizen.goesTo(this.#portal);
    const until = performance.now() + GIVES_UP_AFTER_MS;
    while (citizen.browser.page.left === undefined) {
      if (performance.now() > until) throw new Error('too long on the way');
      const { status, path } = citizen.browser.page;
      if (status >= 500 && path.startsWith('/interaction/')) {
        this.tally.interrupted += 1;
        await pause(LOOKS_AGAIN_AFTER_MS);
        await citizen.browser.open(path.split('/').slice(0, 3).join('/'));
      } else await this.#step(person);
    }
    const callback = citizen.browser.page.left;
    await visit.arrive(callback);
    person.arrived = { visit, callback };
  }

  /** Answers when so many forms were sent: everybody is on the way, and nobody has arrived. */
  async onTheWay(forms: number): Promise<void> {
    while (this.#forms < forms) await pause(2);
  }

  async #step(person: Patient): Promise<unknown> {
    this.#forms += 1;
    const { citizen } = person;
    const { browser } = citizen;
    if (browser.hasForm('/method')) return citizen.choosesMethod('totp');
    if (browser.hasForm('/password')) return citizen.entersPassword();
    if (browser.hasForm('/code')) return citizen.entersCode(this.#code(person));
    if (browser.hasForm('/enrol')) return browser.submit('/enrol');
    if (browser.hasForm('/pair')) {
      citizen.readsSecret();
      return browser.submit('/pair', { password: citizen.password, code: this.#code(person) });
    }
    if (browser.hasForm('/deletion-code')) {
      citizen.readsDeletionCode();
      return browser.submit('/deletion-code', { saved: 'yes' });
    }
    if (browser.hasForm('/enrolled')) return browser.submit('/enrolled');
    if (browser.hasForm('/consent')) return citizen.consents();
    throw new Error(`no step is shown at ${browser.page.path}:\n${browser.text}`);
  }

  /** The same one until it is refused: a code of which nothing was heard may have been spent or not. */
  #code(person: Patient): string {
    if (person.citizen.browser.page.status === 422) person.refused += 1;
    const steps = STEPS[person.refused];
    if (steps === undefined) throw new Error('all codes of the window are spent');
    return person.citizen.code(steps);
  }

  /** After the fault: holds what was acknowledged against the store, and every code against a second use. */
  async audit(): Promise<Tally> {
    for (const person of this.#people) await this.#auditOne(person);
    return this.tally;
  }

  /** Acknowledged enrolments of which no letter came, once everything that is due was done. Travels ahead. */
  async untold(): Promise<number> {
    for (const minutes of [2, 6]) {
      travel(minutes * MINUTES);
      this.#kapu.sweep();
      await this.#kapu.drain();
    }
    const enrolled = this.#people.filter(({ enrolling, arrived }) => enrolling && arrived);
    const letters = await Promise.all(
      enrolled.map(({ citizen }) => mailsTo(this.#kapu, `${citizen.username}@example.hu`)),
    );
    return letters.filter((mails) => !mails.some((text) => text.includes(ENROLLED))).length;
  }

  async #auditOne({ citizen, enrolling, arrived }: Patient): Promise<void> {
    const account = await this.#kapu.accounts.find(citizen.accountId);
    const bound = account?.authenticators.length === 1;
    if (enrolling && bound !== (account?.deletionCode !== undefined)) this.tally.half += 1;
    if (!arrived) return;
    if (!bound) this.tally.lost += 1;
    const again = await arrived.visit.arrive(arrived.callback).then(
      () => true,
      () => false,
    );
    if (again) this.tally.twice += 1;
    await this.#replays(citizen);
  }

  /** Every code of the window that was spent, in a browser of its own. */
  async #replays(citizen: Citizen): Promise<void> {
    const spent = (await this.#kapu.accounts.find(citizen.accountId))?.authenticators[0]?.lastTimeStep ?? 0;
    const code = generateSync({ secret: citizen.secret ?? '', epoch: spent * 30 });
    citizen.browser = new Browser(citizen.kapu.issuer);
    await citizen.goesTo(this.#portal);
    if (citizen.browser.hasForm('/method')) await citizen.choosesMethod('totp');
    await citizen.entersPassword();
    const { status, left } = await citizen.entersCode(code);
    if (left !== undefined || status < 400) this.tally.twice += 1;
  }
}

/** One line for whoever reads the run. */
export function report(fault: string, tally: Tally): void {
  const counts = Object.entries(tally).map(([name, count]) => `${name} ${count}`);
  process.stderr.write(`    ${fault}: ${counts.join(', ')}\n`);
}
