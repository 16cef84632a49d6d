/** Signing in at a portal: from a demand and facts to an outcome. Each submit adds one fact or answers a refusal. */
import type { Language } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import type { Facts, Method } from '../core/facts.ts';
import { type Because, type Result, refuse } from '../core/refusal.ts';
import { identified, offeredMethods, type Situation } from '../core/sign-in.ts';
import { failureOf } from '../core/statistics.ts';
import { type ConclusionPorts, conclusion } from './conclusion.ts';
import type { InteractionRef } from './interaction.ts';
import type { Accounts } from './ports.ts';
import { type ProofPorts, proofs } from './proofs.ts';

export interface SignInPorts extends ConclusionPorts, ProofPorts {
  readonly accounts: Accounts;
}

export type SignIn = ReturnType<typeof signIn>;

export function signIn(ports: SignInPorts) {
  const { accounts, progress, history, statistics, checkPassword } = ports;

  /** `answering`: the person sent something, and was not only shown a page. */
  async function situationOf(
    { uid, demand }: InteractionRef,
    { answering, ...browser }: Pick<Situation, 'remembered' | 'wish'> & { readonly answering?: boolean } = {},
  ): Promise<Situation> {
    const facts = await progress.load(uid);
    const accountId = identified(demand, facts);
    // After the password that is a code, which is written down.
    if (accountId !== undefined && answering && facts.verified.length > 0) history.expect(accountId);
    const account = accountId === undefined ? undefined : await accounts.find(accountId);
    const usable = account?.status === 'active' ? { account } : {};
    return { demand, facts, ...usable, ...browser };
  }

  async function choose(
    { uid, expiresAt }: InteractionRef,
    chosen: Pick<Facts, 'method' | 'language'>,
  ): Promise<void> {
    await progress.record(uid, expiresAt, (facts) => ({ ...facts, ...chosen }));
  }

  async function chooseMethod(interaction: InteractionRef, method: Method): Promise<Result> {
    if (!offeredMethods(interaction.demand.level).includes(method)) return refuse('choose-method');
    await choose(interaction, { method });
    return { ok: true };
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
    chooseLanguage: (interaction: InteractionRef, language: Language) => choose(interaction, { language }),
    failed,
    ...proofs(ports),
    ...conclusion(ports),
  };
}
