/**
 * The one decision of signing in: which step comes next. It is derived anew on every request from what the portal
 * demands and what is verified so far; no "current page" is stored, so the back button, two tabs and reloads work.
 */
import { type Account, highestLevel } from './account.ts';
import { amrOf, atLeast, factorsOf, highest, type Level, levelOf, type VerifiedFactor } from './assurance.ts';
import type { Facts, Method } from './facts.ts';
import { boundAlready, enrolmentStep, type Goal, goalStep } from './goals.ts';

/** What the authorization request and the live session ask of this interaction. */
export interface Demand {
  readonly level: Level;
  /** Everything must be proved anew (`prompt=login`, `max_age` exceeded, another subject is asked for). */
  readonly reauthenticate: boolean;
  /** What the request is for, once its login is done. */
  readonly goal?: Goal;
  /** What was proved before it is too old for the act that reaches the goal; milliseconds since the epoch. */
  readonly freshSince?: number;
  readonly session?: {
    readonly uid: string;
    readonly accountId: string;
    readonly level: Level;
    readonly amr: readonly string[];
    readonly authenticatedAt: number;
  };
}

export const SIGN_IN_STEPS = [
  'method',
  'password',
  'code',
  'lost-device',
  'device',
  'enrol',
  'pair',
  'deletion-code',
  'enrolled',
] as const;
export type SignInStep = (typeof SIGN_IN_STEPS)[number];

/** What the person is looking for off the straight way: another method than the remembered one, or help without the device. */
export type Wish = 'other-method' | 'lost-device';

export interface Situation {
  readonly demand: Demand;
  readonly facts: Facts;
  /** The account of {@link identified}, if it may log in. */
  readonly account?: Account;
  /** The method remembered on this browser. */
  readonly remembered?: Method;
  readonly wish?: Wish;
}

/** The methods that reach the demanded level, weakest first. */
export function offeredMethods(level: Level): Method[] {
  return level === 'low' ? ['password', 'totp'] : ['totp'];
}

/** The method that the person goes by: chosen here, remembered, or the only one. */
export function methodOf({ demand, facts, remembered }: Situation): Method | undefined {
  const offered = offeredMethods(demand.level);
  if (offered.length === 1) return offered[0];
  return [facts.method, remembered].find((method) => method && offered.includes(method));
}

/** Whose account it is: proved in this interaction, or known from a session that still counts. */
export function identified(demand: Demand, facts: Facts): string | undefined {
  return facts.accountId ?? (demand.reauthenticate ? undefined : demand.session?.accountId);
}

/** The factors that count: those of a session that still counts, and those proved here. */
function verifiedFactors({ demand, facts, account }: Situation): readonly VerifiedFactor[] {
  const { session } = demand;
  const sessionCounts = session && !demand.reauthenticate && identified(demand, facts) === session.accountId;
  const proved = facts.verified.filter((fact) => account && stillCounts(fact, account));
  return sessionCounts ? [...factorsOf(session.amr, session.authenticatedAt), ...proved] : proved;
}

/** A device that was removed since proves nothing, nor does a password that was changed since. */
function stillCounts({ factor, at, authenticatorId }: VerifiedFactor, account: Account): boolean {
  if (factor === 'password') return at >= (account.password?.changedAt ?? 0);
  return account.authenticators.some(({ id }) => id === authenticatorId);
}

/** Whether the password was given in this interaction, not just at some time in the session. */
export function passwordProvedHere({ facts, account }: Situation): boolean {
  return facts.verified.some((fact) => fact.factor === 'password' && account && stillCounts(fact, account));
}

/**
 * The level this interaction must end at. Never below the level of the same person's live session: another
 * portal may rely on it, and a new login at low would silently take it away.
 */
export function targetLevel(situation: Situation): Level {
  const { demand, facts } = situation;
  const chosen: Level = facts.method === 'totp' ? 'substantial' : 'low';
  const kept = demand.session?.accountId === identified(demand, facts) ? demand.session?.level : undefined;
  return highest(demand.level, chosen, kept ?? 'low');
}

export function nextStep(situation: Situation): SignInStep | 'done' {
  const { demand, facts, account, wish } = situation;
  const verified = verifiedFactors(situation);
  const level = levelOf(verified);
  if (account && facts.achieved && !facts.achieved.acknowledged) return 'enrolled';
  if (account && level && atLeast(level, targetLevel(situation))) {
    return demand.goal && !facts.achieved ? stepTowards(demand.goal, account, situation, verified) : 'done';
  }
  if (wish === 'other-method' && mayChoose(demand)) return 'method';
  if (!account || !level) return methodOf(situation) ? 'password' : 'method';
  return secondFactorStep(account, facts, wish);
}

/**
 * Installing an app may take its time; the act at its end takes a login of the last minutes, so that whoever finds the
 * page open an hour later can't finish it. What was prepared waits meanwhile.
 */
function stepTowards(
  goal: Goal,
  account: Account,
  { demand, facts, wish }: Situation,
  verified: readonly VerifiedFactor[],
): SignInStep | 'done' {
  const step = goalStep(goal, account, facts);
  if (step !== 'deletion-code' || boundAlready(account, facts)) return step;
  const fresh = levelOf(
    [...verified, ...pairingProof(facts)].filter(({ at }) => at >= (demand.freshSince ?? 0)),
  );
  if (!fresh) return 'password';
  return atLeast(fresh, highestLevel(account)) ? step : secondFactorStep(account, facts, wish);
}

/** A new device is paired with the password. */
function pairingProof({ pending }: Facts): VerifiedFactor[] {
  return pending?.paired ? [{ factor: 'password', at: pending.paired.at }] : [];
}

/** After the password: what takes the person to the level substantial. */
function secondFactorStep(account: Account, facts: Facts, wish: Wish | undefined): SignInStep {
  if (account.authenticators.length === 0) return enrolmentStep(facts);
  if (boundAlready(account, facts)) return 'deletion-code';
  return wish === 'lost-device' ? 'lost-device' : 'code';
}

function mayChoose(demand: Demand): boolean {
  return offeredMethods(demand.level).length > 1;
}

/**
 * Whether a form of `step` may be posted now: the next step's, so that none can be skipped, the deletion code's in place
 * of a code, and the chooser's for as long as there is something to choose, so that a remembered method is no dead end.
 */
export function mayPost(step: SignInStep, situation: Situation): boolean {
  const next = nextStep(situation);
  if (step === next) return true;
  if (step === 'lost-device') return next === 'code';
  return step === 'method' && next !== 'done' && next !== 'enrolled' && mayChoose(situation.demand);
}

/** Whether the page of the next step may offer another method. */
export function mayChangeMethod(situation: Situation): boolean {
  return mayPost('method', situation) && nextStep(situation) !== 'method';
}

/** What the session is to say when all is done. `authenticatedAt` is that of the oldest factor: the honest one. */
export interface Outcome {
  readonly accountId: string;
  readonly level: Level;
  readonly amr: string[];
  readonly authenticatedAt: number;
  /** What was proved in this interaction; the rest is the session's. */
  readonly proofs: readonly VerifiedFactor[];
  /** The uid of the session that a part of it was proved in: without that the outcome is nothing. */
  readonly restsOn?: string;
}

/** Whether nothing of what was proved has lost its worth since: see {@link stillCounts}. */
export function proofsStand(proofs: readonly VerifiedFactor[], account: Account): boolean {
  return proofs.every((proof) => stillCounts(proof, account));
}

/** Answers undefined unless {@link nextStep} is 'done'. */
export function outcomeOf(situation: Situation): Outcome | undefined {
  const { demand, facts } = situation;
  const accountId = identified(demand, facts);
  const newest = newestByFactor(verifiedFactors(situation));
  const level = levelOf(newest);
  if (nextStep(situation) !== 'done' || !accountId || !level) return undefined;
  const authenticatedAt = Math.min(...newest.map(({ at }) => at));
  const proofs = newestByFactor(facts.verified);
  const restsOn = newest.every((factor) => proofs.includes(factor)) ? undefined : demand.session?.uid;
  return {
    accountId,
    level,
    amr: amrOf(level),
    authenticatedAt,
    proofs,
    ...(restsOn !== undefined && { restsOn }),
  };
}

function newestByFactor(verified: readonly VerifiedFactor[]): VerifiedFactor[] {
  return [...new Map(verified.toSorted((a, b) => a.at - b.at).map((fact) => [fact.factor, fact])).values()];
}
