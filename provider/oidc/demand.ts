/** Reads from an authorization request what level it demands, and from the session what is there. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type AcrValues, demandedLevel, type Level, levelOfAcr } from '../core/assurance.ts';
import type { Demand } from '../core/sign-in.ts';

/** The part of a {@link Demand} that is known when the interaction starts; it travels in the prompt's details. */
export type DemandDetails = Omit<Demand, 'reauthenticate'>;

/** Reasons of the login prompt that make everything be proved anew. */
const REAUTHENTICATE = [
  'login_prompt',
  'max_age',
  'id_token_hint',
  'claims_id_token_sub_value',
  'account_unavailable',
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
  return level;
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
  if (acr.values === undefined) return acr.value === undefined ? undefined : [String(acr.value)];
  if (!Array.isArray(acr.values)) throw new errors.InvalidRequest('invalid claims.id_token.acr.values type');
  return acr.values.map(String);
}

/** The level of the live session; undefined when nobody is logged in. */
export function sessionLevel(ctx: KoaContextWithOIDC, acrValues: AcrValues): Level | undefined {
  const { session } = ctx.oidc;
  return session?.accountId ? (levelOfAcr(session.acr, acrValues) ?? 'low') : undefined;
}

export function demandDetails(ctx: KoaContextWithOIDC, acrValues: AcrValues): DemandDetails {
  const { session } = ctx.oidc;
  const level = requestedLevel(ctx, acrValues);
  const there = sessionLevel(ctx, acrValues);
  if (!session?.accountId || !there) return { level };
  const { accountId, amr = [], loginTs = 0 } = session;
  return { level, session: { accountId, level: there, amr, authenticatedAt: loginTs * 1000 } };
}

/** Puts a demand together again from a stored login prompt. */
export function demandOf(prompt: { reasons: readonly string[]; details: object }): Demand {
  const { level, session } = (prompt.details as { demand: DemandDetails }).demand;
  const reauthenticate = prompt.reasons.some((reason) => REAUTHENTICATE.includes(reason));
  return { level, reauthenticate, ...(session && { session }) };
}
