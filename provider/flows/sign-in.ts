/** Signing in at a portal: from a demand and facts to an outcome. Each submit adds one fact or answers a refusal. */
import type { Origin } from '../core/event.ts';
import { type Result, refuse } from '../core/refusal.ts';
import {
  type Demand,
  type Facts,
  identified,
  type Method,
  NO_FACTS,
  type Outcome,
  offeredMethods,
  outcomeOf,
  type Situation,
} from '../core/sign-in.ts';
import { acceptCode, type CodeLimits, codeAdmitted } from '../core/totp.ts';
import { tryCode } from './authenticators.ts';
import type { PasswordCheck } from './password-check.ts';
import type { Accounts, Clock, History, Progress, SecretBox } from './ports.ts';

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
  readonly secretBox: SecretBox;
  readonly history: History;
  readonly clock: Clock;
  readonly checkPassword: PasswordCheck;
}

/** How long a finished interaction is remembered, to tell a person who comes back that all is well. */
const FINISHED_REMEMBERED_MS = 60 * 60_000;

export type SignIn = ReturnType<typeof signIn>;

export function signIn(ports: SignInPorts, limits: { readonly code: CodeLimits }) {
  const { accounts, progress, secretBox, history, clock, checkPassword } = ports;

  const record = (interaction: InteractionRef, change: (facts: Facts) => Facts) =>
    progress.record(interaction.uid, interaction.expiresAt, change);

  async function situationOf(
    interaction: InteractionRef,
    browser: Pick<Situation, 'remembered' | 'wish'> = {},
  ): Promise<Situation> {
    const facts = await progress.load(interaction.uid);
    const accountId = identified(interaction.demand, facts);
    const account = accountId === undefined ? undefined : await accounts.find(accountId);
    const usable = account?.status === 'active' ? { account } : {};
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

  async function submitCode(interaction: InteractionRef, typed: string, origin: Origin): Promise<Result> {
    const { account } = await situationOf(interaction);
    if (!account) return refuse('wrong-code');
    const spent = await spendCode(account.id, typed, origin);
    if (!spent.ok) return spent;
    const verified = { factor: 'totp', at: clock.now() } as const;
    await record(interaction, (facts) => ({
      ...facts,
      accountId: account.id,
      verified: [...facts.verified, verified],
    }));
    return { ok: true };
  }

  /** Burns the time step, or counts the failure, before anything else learns of the code. */
  async function spendCode(accountId: string, typed: string, origin: Origin): Promise<Result> {
    const now = clock.now();
    const account = await accounts.find(accountId);
    if (!account) return refuse('wrong-code');
    const admitted = codeAdmitted(account.codeFailures, limits.code, now);
    if (!admitted.ok) return admitted;
    const tried = tryCode(secretBox, account, typed, now);
    const result = await accounts.update(accountId, (current) => {
      const { account: changed, result } = acceptCode(current, tried, limits.code, now);
      const refused = result.ok ? {} : { because: result.because };
      const kind = result.ok ? 'code-accepted' : 'code-refused';
      return { account: changed, events: [{ kind, at: now, ...refused, ...origin }], result };
    });
    return result ?? refuse('wrong-code');
  }

  async function chooseLanguage(interaction: InteractionRef, language: Facts['language']): Promise<void> {
    await record(interaction, (facts) => ({ ...facts, ...(language && { language }) }));
  }

  /** Closes the interaction. Undefined when it isn't done yet. */
  async function finish(
    interaction: InteractionRef,
    situation: Situation,
    origin: Origin,
  ): Promise<Outcome | undefined> {
    const outcome = outcomeOf(situation);
    if (!outcome) return undefined;
    const { accountId, level } = outcome;
    await history.append(accountId, { kind: 'login', at: clock.now(), level, ...origin });
    await close(interaction, origin.clientId ?? '');
    return outcome;
  }

  /** Forgets what was proved in an interaction and remembers only that it is over, and for which portal it was. */
  async function close(interaction: InteractionRef, clientId: string): Promise<void> {
    const expiresAt = clock.now() + FINISHED_REMEMBERED_MS;
    await progress.record(interaction.uid, expiresAt, () => ({ ...NO_FACTS, finishedFor: clientId }));
  }

  /** The client that a finished interaction was for. */
  async function finishedFor(uid: string): Promise<string | undefined> {
    return (await progress.load(uid)).finishedFor;
  }

  return {
    situationOf,
    chooseMethod,
    chooseLanguage,
    submitPassword,
    submitCode,
    finish,
    close,
    finishedFor,
  };
}
