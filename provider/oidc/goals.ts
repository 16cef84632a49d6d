/** Goals of ours as prompts (OpenID Connect Core §3.1.2.1 leaves room for more): any request, mail or page can ask for one. */
import type { Interaction, KoaContextWithOIDC } from 'oidc-provider';
import { GOALS, type Goal } from '../core/goals.ts';

export const PROMPT_OF = {
  'device-change': 'device_change',
  'device-add': 'device_add',
  'deletion-code': 'deletion_code',
} as const satisfies Record<Goal, string>;

export function goalOfPrompt(name: string): Goal | undefined {
  return GOALS.find((goal) => PROMPT_OF[goal] === name);
}

/** Whether the request is for a goal, reached or not: it takes the level substantial from beginning to end. */
export function asksForGoal({ oidc }: KoaContextWithOIDC): boolean {
  return Object.values(PROMPT_OF).some((name) => oidc.prompts.has(name));
}

/** Whether a goal is still ahead: it must not begin with a login of this morning. */
export function goalPending({ oidc }: KoaContextWithOIDC): boolean {
  return Object.values(PROMPT_OF).some((name) => oidc.prompts.has(name) && oidc.promptPending(name));
}

/** Tells oidc-provider that no goal is ahead: one request has one, and what binds a device issues a deletion code too. */
export const NO_GOAL_AHEAD: NonNullable<Interaction['result']> = Object.fromEntries(
  Object.values(PROMPT_OF).map((name) => [name, {}]),
);
