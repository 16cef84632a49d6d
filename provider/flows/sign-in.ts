/** Signing in at a portal: from a demand and facts to an outcome. Each submit adds one fact or answers a refusal. */
import type { Account } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import { type Facts, type Method, NO_FACTS } from '../core/facts.ts';
import { type Result, refuse } from '../core/refusal.ts';
import { type Demand, identified, type Outcome, offeredMethods, type Situation } from '../core/sign-in.ts';
import type { CodeCheck } from './code-check.ts';
import type { PasswordCheck } from './password-check.ts';
import type { Accounts, Clock, History, Metrics, Progress } from './ports.ts';

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
  readonly clock: Clock;
  readonly checkPassword: PasswordCheck;
  readonly checkCode: CodeCheck;
}

/** How long a finished interaction is remembered, to tell a person who comes back that all is well. */
const FINISHED_REMEMBERED_MS = 60 * 60_000;

export type SignIn = ReturnType<typeof signIn>;

export function signIn(ports: SignInPorts) {
  const { accounts, progress, history, metrics, clock, checkPassword, checkCode } = ports;

  const record = (interaction: InteractionRef, change: (facts: Facts) => Facts) =>
    progress.record(interaction.uid, interaction.expiresAt, change);

  async function situationOf(
    interaction: InteractionRef,
    browser: Pick<Situation, 'remembered' | 'wish'> = {},
  ): Promise<Situation> {
    const loaded = await progress.load(interaction.uid);
    const accountId = identified(interaction.demand, loaded);
    const account = accountId === undefined ? undefined : await accounts.find(accountId);
    const usable = account?.status === 'active' ? { account } : {};
    const facts = account ? stillProved(loaded, account) : loaded;
    return { demand: interaction.demand, facts, ...usable, ...browser };
  }

  async function chooseMethod(interaction: InteractionRef, method: Method): Promise<Result> {
    if (!offeredMethods(interaction.demand.level).includes(method)) return refuse('choose-method');
    await record(interaction, (facts) => ({ ...facts, method }));
    return { ok: true };
  }

  /** `method` is the one the person goes by, chosen or remembered: from here on it binds. */
  async function submitPassword(
    interaction: InteractionRef,
    typed: { username: string; password: string },
    method: Method,
    origin: Origin,
  ): Promise<Result> {
    const checked = await checkPassword(typed, origin);
    if (!checked.ok) return checked;
    const verified = { factor: 'password', at: clock.now() } as const;
    await record(interaction, ({ language }) => ({
      accountId: checked.account.id,
      verified: [verified],
      method,
      ...(language && { language }),
    }));
    return { ok: true };
  }

  /** Burns the time step, or counts the failure, before the fact is recorded: no code passes without being spent. */
  async function submitCode(
    interaction: InteractionRef,
    account: Account,
    typed: string,
    origin: Origin,
  ): Promise<Result> {
    const checked = await checkCode(account, typed, origin);
    if (!checked.ok) return checked;
    const now = clock.now();
    await record(interaction, (facts) => ({
      ...facts,
      accountId: account.id,
      verified: [...facts.verified, { factor: 'totp', at: now, authenticatorId: checked.authenticatorId }],
    }));
    return { ok: true };
  }

  async function chooseLanguage(interaction: InteractionRef, language: Facts['language']): Promise<void> {
    await record(interaction, (facts) => ({ ...facts, ...(language && { language }) }));
  }

  /**
   * Closes an interaction whose outcome oidc-provider has stored, and writes the login down, once however many
   * requests get here. What was proved is forgotten; only for which portal it was is remembered for a while.
   */
  async function conclude(
    interaction: InteractionRef,
    outcome: Outcome | 'cancelled',
    origin: Origin,
  ): Promise<void> {
    let first = false;
    await progress.record(interaction.uid, clock.now() + FINISHED_REMEMBERED_MS, (facts) => {
      first = facts.finishedFor === undefined;
      return first ? { ...NO_FACTS, finishedFor: origin.clientId ?? '' } : facts;
    });
    // A goal comes after a login that was written down when it happened.
    if (!first || interaction.demand.goal) return;
    if (outcome === 'cancelled')
      return metrics.count('kapu_logins_total', { level: 'none', outcome: 'cancelled' });
    const { accountId, level } = outcome;
    metrics.count('kapu_logins_total', { level, outcome: 'done' });
    await history.append(accountId, { kind: 'login', at: clock.now(), level, ...origin });
  }

  /** The client that a finished interaction was for. */
  async function finishedFor(uid: string): Promise<string | undefined> {
    return (await progress.load(uid)).finishedFor;
  }

  return { situationOf, chooseMethod, chooseLanguage, submitPassword, submitCode, conclude, finishedFor };
}

/** A password that was changed meanwhile proves nothing any more: whoever had the old one begins again. */
function stillProved(facts: Facts, { password }: Account): Facts {
  const old = facts.verified.some(
    ({ factor, at }) => factor === 'password' && at < (password?.changedAt ?? 0),
  );
  return old ? { ...facts, verified: [] } : facts;
}
