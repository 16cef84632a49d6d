/** Levels of assurance: what they are called, what they take, and which one a request demands. */

export type Level = 'low' | 'substantial';
export type Factor = 'password' | 'totp';

export interface VerifiedFactor {
  readonly factor: Factor;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Which device it was; absent for a password. */
  readonly authenticatorId?: string;
}

/** The `acr` value of each level (OpenID Connect Core §2), as configured. */
export type AcrValues = Readonly<Record<Level, string>>;

export const LEVELS: readonly Level[] = ['low', 'substantial'];

export function atLeast(level: Level, wanted: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

export function highest(...levels: readonly Level[]): Level {
  return levels.reduce((top, level) => (atLeast(level, top) ? level : top), 'low');
}

/** The level that the verified factors amount to; undefined before a password. */
export function levelOf(verified: readonly VerifiedFactor[]): Level | undefined {
  const factors = new Set(verified.map(({ factor }) => factor));
  if (!factors.has('password')) return undefined;
  return factors.has('totp') ? 'substantial' : 'low';
}

/** Authentication method references (RFC 8176 §2) of a level. */
export function amrOf(level: Level): string[] {
  return level === 'substantial' ? ['pwd', 'otp', 'mfa'] : ['pwd'];
}

/** The factors that a session's `amr` stands for, all as old as its `auth_time` (milliseconds). */
export function factorsOf(amr: readonly string[], authenticatedAt: number): VerifiedFactor[] {
  const factors: VerifiedFactor[] = [];
  if (amr.includes('pwd')) factors.push({ factor: 'password', at: authenticatedAt });
  if (amr.includes('otp')) factors.push({ factor: 'totp', at: authenticatedAt });
  return factors;
}

export function levelOfAcr(acr: string | undefined, acrValues: AcrValues): Level | undefined {
  return LEVELS.find((level) => acrValues[level] === acr);
}

export interface LevelRequest {
  /** The client's `default_acr_values`: the first known one is its floor; none: substantial. */
  readonly floor: readonly string[];
  /** The `acr_values` parameter: the first known value is required; unknown ones are wishes not met. */
  readonly voluntary: readonly string[];
  /** The values of an essential `acr` claim (OpenID Connect Core §5.5.1.1). */
  readonly essential?: readonly string[];
}

/**
 * The level that an authorization request demands: the highest of the client's floor, the first listed
 * `acr_values` and the lowest acceptable essential value. A higher level meets a lower one.
 * Answers 'unmet' when an essential acr names no level that this provider has.
 */
export function demandedLevel(request: LevelRequest, acrValues: AcrValues): Level | 'unmet' {
  const known = (values: readonly string[]) => values.flatMap((value) => levelOfAcr(value, acrValues) ?? []);
  const floor = known(request.floor)[0] ?? 'substantial';
  const wished = known(request.voluntary)[0] ?? 'low';
  if (request.essential === undefined) return highest(floor, wished);
  const acceptable = known(request.essential);
  if (acceptable.length === 0) return 'unmet';
  const essential = LEVELS.find((level) => acceptable.includes(level)) ?? 'substantial';
  return highest(floor, wished, essential);
}
