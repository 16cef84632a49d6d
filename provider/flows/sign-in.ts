/** Signing in at a portal: from a demand and facts to an outcome. Each submit adds one fact or answers a refusal. */
import type { Account } from '../core/account.ts';
import type { VerifiedFactor } from '../core/assurance.ts';
import type { Origin } from '../core/event.ts';
import type { Facts, Method } from '../core/facts.ts';
import { type Because, type Result, refuse } from '../core/refusal.ts';
import { identified, nextStep, offeredMethods, outcomeOf, type Situation } from '../core/sign-in.ts';
import { failureOf } from '../core/statistics.ts';
import type { BothFactors } from './both-factors.ts';
import { type CodeCheck, NO_MEANING } from './code-check.ts';
import { type ConclusionPorts, conclusion } from './conclusion.ts';
import { type InteractionRef, isLogin, loginEvent } from './interaction.ts';
import { lettersOf, type NewBrowser, toldOf } from './new-browser.ts';
import type { PasswordCheck, TypedPassword } from './password-check.ts';
import type { Accounts } from './ports.ts';

export interface SignInPorts extends ConclusionPorts {
  readonly accounts: Accounts;
  readonly checkPassword: PasswordCheck;
  readonly checkCode: CodeCheck;
  readonly checkBoth: BothFactors;
}

/** What a person types at the password step; the code only while the account is paused. */
export interface TypedLogin extends TypedPassword {
  readonly code: string;
}

/** Where a code is typed; `newBrowser` is that of the login, where the account does not know it. */
interface CodeVisit {
  readonly interaction: InteractionRef;
  readonly situation: Situation;
  readonly newBrowser: NewBrowser | undefined;
}

/** How things stand after a fact, for who decides what comes next. */
export type Standing = Required<Pick<Situation, 'facts' | 'account'>>;

export type SignIn = ReturnType<typeof signIn>;

export function signIn(ports: SignInPorts) {
  const { accounts, progress, history, statistics, clock } = ports;
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
   * the history, with the letter that it owes, by the commit that spends the code.
   */
  async function submitCode(
    { interaction, situation, newBrowser }: CodeVisit,
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
    const told = isLogin(interaction) ? await toldOf(history, account, newBrowser, at) : undefined;
    const checked = await checkCode(account, typed, origin, (current, authenticatorId) => {
      const facts = proving(authenticatorId)(situation.facts);
      const outcome = outcomeOf({ ...situation, account: current, facts });
      if (!outcome || !isLogin(interaction)) return NO_MEANING;
      return { events: [loginEvent(outcome, at, origin)], letters: lettersOf(told, current, at, origin) };
    });
    if (!checked.ok) return checked;
    const prove = proving(checked.authenticatorId);
    const facts = prove(situation.facts);
    if (nextStep({ ...situation, account, facts }) !== 'done')
      return { ok: true, after: { account, facts: await record(interaction, prove) } };
    const written = isLogin(interaction) ? ({ written: true } as const) : {};
    return { ok: true, after: { account, facts: { ...facts, ...written } } };
  }

  async function chooseLanguage(interaction: InteractionRef, language: Facts['language']): Promise<void> {
    await record(interaction, (facts) => ({ ...facts, ...(language && { language }) }));
  }

  /** Counts a try that failed; what failed stands in the history already. */
  function failed(because: Because, { clientId }: Origin): void {
    statistics.count(failureOf(because), clientId);
  }

  return {
    expect: progress.expect,
    expectWhetherNew: progress.expectWhetherNew,
    returning: progress.returning,
    ticket: progress.ticket,
    situationOf,
    expectPassword: checkPassword.expect,
    chooseMethod,
    chooseLanguage,
    submitPassword,
    submitCode,
    failed,
    ...conclusion(ports),
  };
}
