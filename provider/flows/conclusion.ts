/** What closes an interaction: the login is written down once, counted, and the owner told of a new browser. */
import type { Origin, RecordedEvent } from '../core/event.ts';
import { NO_FACTS } from '../core/facts.ts';
import type { Outcome } from '../core/sign-in.ts';
import { type InteractionRef, isLogin, loginEvent } from './interaction.ts';
import type { Accounts, Background, Clock, History, Mailer, Metrics, Progress, Statistics } from './ports.ts';

export interface ConclusionPorts {
  readonly accounts: Accounts;
  readonly progress: Progress;
  readonly history: History;
  readonly metrics: Metrics;
  readonly statistics: Statistics;
  readonly mailer: Mailer;
  readonly background: Background;
  readonly clock: Clock;
}

/** A browser that the account has not logged in with before, in the words of its owner. */
export interface NewBrowser {
  readonly browser: string;
  readonly portal: string;
}

/** How long a finished interaction is remembered, to tell a person who comes back that all is well. */
const FINISHED_REMEMBERED_MS = 60 * 60_000;
/** More events than an account has before its first login. */
const FIRST_EVENTS = 20;

export function conclusion(ports: ConclusionPorts) {
  const { accounts, progress, history, metrics, statistics, mailer, background, clock } = ports;

  /**
   * Closes an interaction whose outcome oidc-provider has stored, and writes the login down unless that is done, once
   * however many requests get here. What was proved is forgotten; only for which portal it was is remembered for a while.
   */
  async function conclude(
    interaction: InteractionRef,
    outcome: Outcome,
    origin: Origin,
    { written, newBrowser }: { readonly written: boolean; readonly newBrowser: NewBrowser | undefined },
  ): Promise<void> {
    const { accountId, level } = outcome;
    if (!written) history.expect(accountId);
    const [first, events] = await Promise.all([
      finish(interaction, origin),
      newBrowser && history.of(accountId, FIRST_EVENTS),
    ]);
    if (!first || !isLogin(interaction)) return;
    statistics.count(level, origin.clientId);
    metrics.count('kapu_logins_total', { level, outcome: 'done' });
    const login = loginEvent(outcome, clock.now(), origin);
    if (!written) await history.append(accountId, login);
    if (!newBrowser || !events || noLoginBefore(events, written)) return;
    const facts = { ...newBrowser, address: origin.address };
    background.run('mail', () => tellOfBrowser(accountId, login.at, facts));
  }

  /** Closes an interaction that the person has left, of which oidc-provider knows. */
  async function cancel(interaction: InteractionRef, origin: Origin): Promise<void> {
    if (!(await finish(interaction, origin)) || !isLogin(interaction)) return;
    statistics.count('cancelled', origin.clientId);
    metrics.count('kapu_logins_total', { level: 'none', outcome: 'cancelled' });
  }

  /** Answers false when that was done before. */
  async function finish({ uid }: InteractionRef, { clientId = '' }: Origin): Promise<boolean> {
    let first = false;
    await progress.record(uid, clock.now() + FINISHED_REMEMBERED_MS, (facts) => {
      first = facts.finishedFor === undefined;
      return first ? { ...NO_FACTS, finishedFor: clientId } : facts;
    });
    return first;
  }

  async function tellOfBrowser(
    accountId: string,
    at: number,
    facts: NewBrowser & { address: string },
  ): Promise<void> {
    const account = await accounts.find(accountId);
    if (account) await mailer.post({ kind: 'new-browser', account, at, facts });
  }

  /** The client that a finished interaction was for. */
  async function finishedFor(uid: string): Promise<string | undefined> {
    return (await progress.load(uid)).finishedFor;
  }

  return { conclude, cancel, finishedFor };
}

/** Whoever has just chosen the first password need not be told that the browser is new. */
function noLoginBefore(events: readonly RecordedEvent[], written: boolean): boolean {
  const logins = events.filter(({ kind }) => kind === 'login').length;
  return events.length < FIRST_EVENTS && logins <= (written ? 1 : 0);
}
