/** Signing in at a portal: from a demand and facts to an outcome. Each submit adds one fact or answers a refusal. */
import type { Account } from '../core/account.ts';
import type { VerifiedFactor } from '../core/assurance.ts';
import type { Origin } from '../core/event.ts';
import { type Facts, type Method, NO_FACTS } from '../core/facts.ts';
import { type Because, type Result, refuse } from '../core/refusal.ts';
import {
  type Demand,
  identified,
  nextStep,
  type Outcome,
  offeredMethods,
  outcomeOf,
  type Situation,
} from '../core/sign-in.ts';
import { failureOf } from '../core/statistics.ts';
import type { BothFactors } from './both-factors.ts';
import type { CodeCheck } from './code-check.ts';
import type { PasswordCheck, TypedPassword } from './password-check.ts';
import type { Accounts, Background, Clock, History, Mailer, Metrics, Progress, Statistics } from './ports.ts';

/** One interaction of oidc-provider, as far as a flow needs to know it. */
export interface InteractionRef {
  readonly uid: string;
  readonly demand: Demand;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface SignInPorts {
  readonly accounts: Accounts;
  readonly progress: Progress;
  readonly history: History;
  readonly metrics: Metrics;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly checkPassword: PasswordCheck;
  readonly checkCode: CodeCheck;
  readonly checkBoth: BothFactors;
  readonly mailer: Mailer;
  readonly background: Background;
}

/** What a person types at the password step; the code only while the account is paused. */
export interface TypedLogin extends TypedPassword {
  readonly code: string;
}

/** How things stand after a fact, for who decides what comes next. */
type Standing = Required<Pick<Situation, 'facts' | 'account'>>;

/** A browser that the account has not logged in with before, in the words of its owner. */
export interface NewBrowser {
  readonly browser: string;
  readonly portal: string;
}

/** A goal comes after a login that was written down when it happened. */
const isLogin = ({ demand }: InteractionRef): boolean => demand.goal === undefined;

const loginEvent = ({ level }: Outcome, at: number, origin: Origin) =>
  ({ kind: 'login', at, level, ...origin }) as const;

/** How long a finished interaction is remembered, to tell a person who comes back that all is well. */
const FINISHED_REMEMBERED_MS = 60 * 60_000;
/** More events than an account has before its first login. */
const FIRST_EVENTS = 20;

export type SignIn = ReturnType<typeof signIn>;

export function signIn(ports: SignInPorts) {
  const { accounts, progress, history, metrics, statistics, mailer, background, clock } = ports;
  const { checkPassword, checkCode, checkBoth } = ports;

  const record = (interaction: InteractionRef, change: (facts: Facts) => Facts) =>
    progress.record(interaction.uid, interaction.expiresAt, change);

  /** `answering`: the person sent something, and was not only shown a page. */
  async function situationOf(
    interaction: InteractionRef,
    { answering, ...browser }: Pick<Situation, 'remembered' | 'wish'> & { readonly answering?: boolean } = {},
  ): Promise<Situation> {
    const facts = await progress.load(interaction.uid);
    const accountId = identified(interaction.demand, facts);
    // After the password that is a code, which is written down.
    if (accountId !== undefined && answering && facts.verified.length > 0) history.expect(accountId);
    const account = accountId === undefined ? undefined : await accounts.find(accountId);
    const usable = account?.status === 'active' ? { account } : {};
    return { demand: interaction.demand, facts, ...usable, ...browser };
  }

  async function chooseMethod(interaction: InteractionRef, method: Method): Promise<Result> {
    if (!offeredMethods(interaction.demand.level).includes(method)) return refuse('choose-method');
    await record(interaction, (facts) => ({ ...facts, method }));
    return { ok: true };
  }

  /**
   * `method` is the one the person goes by, chosen or remembered: from here on it binds. What is proved is as old as the
   * beginning of its check: the password may be changed while the hash is being computed.
   */
  async function submitPassword(
    interaction: InteractionRef,
    typed: TypedLogin,
    method: Method,
    origin: Origin,
  ): Promise<Result<{ after?: Standing }>> {
    if (typed.code.trim() !== '') return submitBoth(interaction, typed, origin);
    const at = clock.now();
    const checked = await checkPassword(typed, origin);
    if (!checked.ok) return checked;
    const { account } = checked;
    const facts = await begin(interaction, { accountId: account.id, method }, [{ factor: 'password', at }]);
    return { ok: true, after: { facts, account } };
  }

  async function submitBoth(interaction: InteractionRef, typed: TypedLogin, origin: Origin): Promise<Result> {
    const at = clock.now();
    const checked = await checkBoth(typed, origin);
    if (!checked.ok) return checked;
    const { accountId, authenticatorId } = checked;
    await begin(interaction, { accountId, method: 'totp' }, [
      { factor: 'password', at },
      { factor: 'totp', at, authenticatorId },
    ]);
    return { ok: true };
  }

  /** Whoever was known before in this interaction is forgotten; what the same person has prepared for a goal is not. */
  function begin(
    interaction: InteractionRef,
    who: Pick<Facts, 'accountId' | 'method'>,
    verified: readonly VerifiedFactor[],
  ): Promise<Facts> {
    return record(interaction, (before) => {
      const { language } = before;
      const again = interaction.demand.goal !== undefined && before.accountId === who.accountId;
      return { ...(again ? before : language && { language }), ...who, verified };
    });
  }

  /**
   * Burns the time step, or counts the failure, before the fact is recorded: no code passes without being spent. The last
   * fact of a login is not kept: the interaction is concluded with it in the same request, and the login is written into
   * the history by the commit that spends the code.
   */
  async function submitCode(
    { interaction, situation }: { interaction: InteractionRef; situation: Situation },
    account: Account,
    typed: string,
    origin: Origin,
  ): Promise<Result<{ after?: Standing }>> {
    const at = clock.now();
    const proving = (authenticatorId: string) => (before: Facts) => ({
      ...before,
      accountId: account.id,
      verified: [...before.verified, { factor: 'totp', at, authenticatorId } as const],
    });
    const checked = await checkCode(account, typed, origin, (current, authenticatorId) => {
      const facts = proving(authenticatorId)(situation.facts);
      const outcome = outcomeOf({ ...situation, account: current, facts });
      return outcome && isLogin(interaction) ? [loginEvent(outcome, at, origin)] : [];
    });
    if (!checked.ok) return checked;
    const prove = proving(checked.authenticatorId);
    const facts = prove(situation.facts);
    if (nextStep({ ...situation, account, facts }) !== 'done')
      return { ok: true, after: { account, facts: await record(interaction, prove) } };
    return {
      ok: true,
      after: { account, facts: { ...facts, ...(isLogin(interaction) && { written: true }) } },
    };
  }

  async function chooseLanguage(interaction: InteractionRef, language: Facts['language']): Promise<void> {
    await record(interaction, (facts) => ({ ...facts, ...(language && { language }) }));
  }

  /**
   * Closes an interaction whose outcome oidc-provider has stored, and writes the login down unless that is done, once
   * however many requests get here. What was proved is forgotten; only for which portal it was is remembered for a while.
   */
  async function conclude(
    interaction: InteractionRef,
    outcome: Outcome | 'cancelled',
    origin: Origin,
    {
      written,
      newBrowser,
    }: { readonly written?: boolean; readonly newBrowser?: NewBrowser | undefined } = {},
  ): Promise<void> {
    if (outcome !== 'cancelled' && !written) history.expect(outcome.accountId);
    let first = false;
    await progress.record(interaction.uid, clock.now() + FINISHED_REMEMBERED_MS, (facts) => {
      first = facts.finishedFor === undefined;
      return first ? { ...NO_FACTS, finishedFor: origin.clientId ?? '' } : facts;
    });
    if (!first || !isLogin(interaction)) return;
    statistics.count(outcome === 'cancelled' ? outcome : outcome.level, origin.clientId);
    if (outcome === 'cancelled')
      return metrics.count('kapu_logins_total', { level: 'none', outcome: 'cancelled' });
    const { accountId, level } = outcome;
    metrics.count('kapu_logins_total', { level, outcome: 'done' });
    const login = loginEvent(outcome, clock.now(), origin);
    if (!written) await history.append(accountId, login);
    if (!newBrowser) return;
    background.run('mail', async () => {
      if (await wasFirstLogin(accountId)) return;
      await tellOfBrowser(accountId, login.at, { ...newBrowser, address: origin.address });
    });
  }

  /** Whoever has just chosen the first password need not be told that the browser is new. */
  async function wasFirstLogin(accountId: string): Promise<boolean> {
    const events = await history.of(accountId, FIRST_EVENTS);
    return events.length < FIRST_EVENTS && events.filter(({ kind }) => kind === 'login').length <= 1;
  }

  async function tellOfBrowser(
    accountId: string,
    at: number,
    facts: NewBrowser & { address: string },
  ): Promise<void> {
    const account = await accounts.find(accountId);
    if (account) await mailer.post({ kind: 'new-browser', account, at, facts });
  }

  /** Counts a try that failed; what failed stands in the history already. */
  function failed(because: Because, { clientId }: Origin): void {
    statistics.count(failureOf(because), clientId);
  }

  /** The client that a finished interaction was for. */
  async function finishedFor(uid: string): Promise<string | undefined> {
    return (await progress.load(uid)).finishedFor;
  }

  return {
    expect: progress.expect,
    situationOf,
    chooseMethod,
    chooseLanguage,
    submitPassword,
    submitCode,
    conclude,
    failed,
    finishedFor,
  };
}
