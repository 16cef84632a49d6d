/** What a person proves on the way in: a password, a code, or both at once. Each adds facts, or answers a refusal. */
import type { Account } from '../core/account.ts';
import type { VerifiedFactor } from '../core/assurance.ts';
import type { Origin } from '../core/event.ts';
import type { Facts, Method } from '../core/facts.ts';
import type { Result } from '../core/refusal.ts';
import { nextStep, outcomeOf, type Situation } from '../core/sign-in.ts';
import type { BothFactors } from './both-factors.ts';
import { type CodeCheck, NO_MEANING } from './code-check.ts';
import { type InteractionRef, isLogin, loginEvent } from './interaction.ts';
import { lettersOf, type NewBrowser, toldOf } from './new-browser.ts';
import type { PasswordCheck, TypedPassword } from './password-check.ts';
import type { Clock, History, Progress } from './ports.ts';

export interface ProofPorts {
  readonly progress: Progress;
  readonly history: History;
  readonly clock: Clock;
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

export function proofs({ progress, history, clock, checkPassword, checkCode, checkBoth }: ProofPorts) {
  const record = ({ uid, expiresAt }: InteractionRef, change: (facts: Facts) => Facts) =>
    progress.record(uid, expiresAt, change);

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

  return { submitPassword, submitCode };
}
