/** What closes an interaction: the login is written down once, with the letter about a new browser, and counted. */
import type { Account } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import { NO_FACTS } from '../core/facts.ts';
import type { Outcome } from '../core/sign-in.ts';
import { type InteractionRef, isLogin, loginEvent } from './interaction.ts';
import { lettersOf, type NewBrowser, toldOf } from './new-browser.ts';
import type { Clock, History, Metrics, Progress, Statistics } from './ports.ts';

export interface ConclusionPorts {
  readonly progress: Progress;
  readonly history: History;
  readonly metrics: Metrics;
  readonly statistics: Statistics;
  readonly clock: Clock;
}

/** Who logged in, whether that is written down, and the browser where it is new to them. */
export interface Concluded {
  readonly account: Account;
  readonly written: boolean;
  readonly newBrowser: NewBrowser | undefined;
}

/** How long a finished interaction is remembered, to tell a person who comes back that all is well. */
const FINISHED_REMEMBERED_MS = 60 * 60_000;

export function conclusion(ports: ConclusionPorts) {
  const { progress, history, metrics, statistics, clock } = ports;

  /**
   * Closes an interaction whose outcome oidc-provider has stored, and writes the login down unless that is done, once
   * however many requests get here. What was proved is forgotten; only for which portal it was is remembered for a while.
   */
  async function conclude(
    interaction: InteractionRef,
    outcome: Outcome,
    origin: Origin,
    { account, written, newBrowser }: Concluded,
  ): Promise<void> {
    const { level } = outcome;
    if (!written) history.expect(account.id);
    const [first, told] = await Promise.all([
      finish(interaction, origin),
      written ? undefined : toldOf(history, account, newBrowser, clock.now()),
    ]);
    if (!first || !isLogin(interaction)) return;
    statistics.count(level, origin.clientId);
    metrics.count('kapu_logins_total', { level, outcome: 'done' });
    if (written) return;
    const at = clock.now();
    await history.append(account.id, loginEvent(outcome, at, origin), lettersOf(told, account, at, origin));
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

  /** The client that a finished interaction was for. */
  async function finishedFor(uid: string): Promise<string | undefined> {
    return (await progress.load(uid)).finishedFor;
  }

  return { conclude, cancel, finishedFor };
}
