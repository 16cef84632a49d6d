/** Reads from an authorization request what level it demands, and from the session what is there. */
import { errors, type KoaContextWithOIDC, type Session } from 'oidc-provider';
import {
  type AcrValues,
  atLeast,
  demandedLevel,
  highest,
  type Level,
  levelOfAcr,
} from '../core/assurance.ts';
import type { Demand } from '../core/sign-in.ts';
import { asksForGoal, goalOfPrompt } from './goals.ts';

/** Reasons of the login prompt that make everything be proved anew. */
const REAUTHENTICATE = [
  'login_prompt',
  'max_age',
  'id_token_hint',
  'claims_id_token_sub_value',
  'account_unavailable',
  'too_old_for_goal',
];

/** Throws `unmet_authentication_requirements` for an essential acr that this provider does not have. */
export function requestedLevel(ctx: KoaContextWithOIDC, acrValues: AcrValues): Level {
  const { client, params } = ctx.oidc;
  const essential = essentialAcr(ctx);
  const level = demandedLevel(
    {
      floor: client?.defaultAcrValues ?? [],
      voluntary: String(params?.acr_values ?? '').split(' '),
      ...(essential && { essential }),
    },
    acrValues,
  );
  if (level === 'unmet')
    throw new errors.UnmetAuthenticationRequirements('none of the requested ACRs is available');
  return asksForGoal(ctx) ? highest(level, 'substantial') : level;
}

interface AcrClaim {
  readonly essential?: unknown;
  readonly value?: unknown;
  readonly values?: unknown;
}

/** Read from the parameter itself: the library overwrites the parsed claim with `acr_values` when both are sent. */
function essentialAcr(ctx: KoaContextWithOIDC): string[] | undefined {
  const claims = ctx.oidc.params?.claims;
  const acr: AcrClaim | null | undefined =
    typeof claims === 'string' ? JSON.parse(claims).id_token?.acr : undefined;
  if (acr?.essential !== true) return undefined;
  const values = acr.values ?? (acr.value === undefined ? undefined : [acr.value]);
  if (values === undefined) return undefined;
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string'))
    throw new errors.InvalidRequest('invalid claims.id_token.acr.values type');
  return values;
}

/** The level of a session; undefined when nobody is logged in. */
export function levelOfSession(
  session: { accountId?: string | undefined; acr?: string | undefined } | undefined,
  acrValues: AcrValues,
): Level | undefined {
  return session?.accountId ? (levelOfAcr(session.acr, acrValues) ?? 'low') : undefined;
}

/**
 * Whether a code or refresh token was given at a level that is no longer enough for its client: an admin may raise
 * the floor at any time. Tokens that say nothing of a level pass.
 */
export function fallsShort(
  { oidc }: KoaContextWithOIDC,
  token: { readonly acr?: unknown } | undefined,
  acrValues: AcrValues,
): boolean {
  if (!oidc.client || typeof token?.acr !== 'string') return false;
  const floor = demandedLevel({ floor: oidc.client.defaultAcrValues ?? [], voluntary: [] }, acrValues);
  return floor !== 'unmet' && !atLeast(levelOfAcr(token.acr, acrValues) ?? 'low', floor);
}

/** The login before it demanded the same. */
const GOAL_DETAILS = { level: 'substantial' } as const;

type SessionFacts = Pick<Session, 'uid' | 'accountId' | 'acr' | 'amr' | 'loginTs'>;

/**
 * Puts a demand together from a stored prompt, of a login or of a goal that comes after one, and the session as it is now: another tab may have logged in,
 * stepped up or left since the interaction began. A goal takes a login that is no older than `freshSince`.
 */
export function demandOf(
  prompt: { name: string; reasons: readonly string[]; details: object },
  session: SessionFacts,
  acrValues: AcrValues,
  freshSince: number,
): Demand {
  const goal = goalOfPrompt(prompt.name);
  const { level } = goal ? GOAL_DETAILS : (prompt.details as { level: Level });
  const reauthenticate = prompt.reasons.some((reason) => REAUTHENTICATE.includes(reason));
  const demand: Demand = { level, reauthenticate, ...(goal && { goal, freshSince }) };
  const { uid, accountId, amr = [], loginTs = 0 } = session;
  const there = levelOfSession(session, acrValues);
  if (!accountId || !there) return demand;
  return { ...demand, session: { uid, accountId, level: there, amr, authenticatedAt: loginTs * 1000 } };
}
