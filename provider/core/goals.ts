/** What an interaction may be for beyond logging in: goals that a request asks for by a prompt of ours. */
import type { Account } from './account.ts';

export const GOALS = ['device-change', 'device-add', 'deletion-code'] as const;
export type Goal = (typeof GOALS)[number];

/** Why a device is bound or a deletion code issued: for a goal, or because a level takes it. */
export type Purpose = 'enrol' | Goal;

export type GoalStep = 'device' | 'enrol' | 'pair' | 'deletion-code';

/** As much of the facts as the way to a goal depends on. */
export interface OnTheWay {
  readonly replaces?: string;
  readonly pending?: { readonly id: string; readonly paired?: object };
}

/** The step towards a goal that was not reached yet; 'done' when there is nothing to do. */
export function goalStep(goal: Goal, account: Account, facts: OnTheWay): GoalStep | 'done' {
  const { authenticators } = account;
  if (goal === 'deletion-code') return authenticators.length > 0 ? 'deletion-code' : 'done';
  if (authenticators.length === 0) return enrolmentStep(facts);
  if (boundAlready(account, facts)) return 'deletion-code';
  if (goal === 'device-change' && !replacedOne(account, facts)) return 'device';
  return facts.pending?.paired ? 'deletion-code' : 'pair';
}

/** What is done for a goal: whoever has no device enrols, whatever they came for. */
export function purposeOf(goal: Goal | undefined, { authenticators }: Account): Purpose {
  return goal && authenticators.length > 0 ? goal : 'enrol';
}

/** The device counts, but a fault came before the person heard of it: pressing BEFEJEZÉS again is all that is left. */
export function boundAlready({ authenticators }: Account, { pending }: OnTheWay): boolean {
  return authenticators.some(({ id }) => id === pending?.id);
}

/** The steps of whoever has no device. */
export function enrolmentStep({ pending }: OnTheWay): GoalStep {
  if (!pending) return 'enrol';
  return pending.paired ? 'deletion-code' : 'pair';
}

/**
 * The id of the device to be replaced: the only one, or the one chosen. Undefined when there is something to choose,
 * also when the chosen one is gone meanwhile: what took its place is never replaced unasked.
 */
export function replacedOne({ authenticators }: Account, { replaces }: OnTheWay): string | undefined {
  const [only, another] = authenticators;
  if (replaces === undefined) return another ? undefined : only?.id;
  return authenticators.find(({ id }) => id === replaces)?.id;
}
