/** What a portal asks to be told and to do, held against what the person agreed to before. */

/** Resource server -> its scopes. */
export type ResourceScopes = Readonly<Record<string, readonly string[]>>;

export interface Agreed {
  readonly scopes: readonly string[];
  /** Asked for one by one, beside those of the scopes. */
  readonly claims: readonly string[];
  readonly resources?: ResourceScopes;
}

/** One line of the page: a scope with its claims, or some of its claims alone, or what may be done elsewhere. */
export type ConsentItem =
  | { readonly scope: string; readonly claims: readonly string[] }
  | { readonly resource: string; readonly scopes: readonly string[] };

export interface ConsentItems {
  readonly fresh: readonly ConsentItem[];
  readonly known: readonly ConsentItem[];
}

/** Not a piece of data: every login has it. */
const UNSPOKEN = 'openid';

type ClaimsOfScope = Readonly<Record<string, readonly string[]>>;

/** Splits what is asked for into what is new to the person and what was agreed before; `claimsOf` names a scope's claims. */
export function consentItems(
  asked: Agreed,
  agreed: Agreed | undefined,
  claimsOf: ClaimsOfScope,
): ConsentItems {
  const before = agreed ?? { scopes: [], claims: [] };
  const isKnown = {
    scope: (scope: string) => before.scopes.includes(scope),
    claim: (claim: string) =>
      before.claims.includes(claim) || before.scopes.includes(scopeOf(claim, claimsOf)),
    resource: (resource: string, scope: string) => before.resources?.[resource]?.includes(scope) === true,
  };
  const itemsWhere = (known: boolean): ConsentItem[] => [
    ...scopeItems(asked, isKnown, known, claimsOf),
    ...resourceItems(asked.resources ?? {}, (resource, scope) => isKnown.resource(resource, scope) === known),
  ];
  return { fresh: itemsWhere(false), known: itemsWhere(true) };
}

function scopeItems(
  { scopes, claims }: Agreed,
  isKnown: { scope(scope: string): boolean; claim(claim: string): boolean },
  known: boolean,
  claimsOf: ClaimsOfScope,
): ConsentItem[] {
  const whole = scopes.filter((scope) => scope !== UNSPOKEN && isKnown.scope(scope) === known);
  const single = claims.filter(
    (claim) => isKnown.claim(claim) === known && !scopes.includes(scopeOf(claim, claimsOf)),
  );
  const singleScopes = [...new Set(single.map((claim) => scopeOf(claim, claimsOf)))];
  return [
    ...whole.map((scope) => ({ scope, claims: claimsOf[scope] ?? [] })),
    ...singleScopes.map((scope) => ({
      scope,
      claims: single.filter((claim) => claimsOf[scope]?.includes(claim)),
    })),
  ];
}

function resourceItems(
  resources: ResourceScopes,
  wanted: (resource: string, scope: string) => boolean,
): ConsentItem[] {
  return Object.entries(resources).flatMap(([resource, all]) => {
    const scopes = all.filter((scope) => wanted(resource, scope));
    return scopes.length > 0 ? [{ resource, scopes }] : [];
  });
}

function scopeOf(claim: string, claimsOf: ClaimsOfScope): string {
  return Object.keys(claimsOf).find((scope) => claimsOf[scope]?.includes(claim)) ?? UNSPOKEN;
}

/** What was agreed before, and now as well. */
export function together(before: Agreed | undefined, now: Agreed): Agreed {
  if (!before) return now;
  const names = union(Object.keys(before.resources ?? {}), Object.keys(now.resources ?? {}));
  const resources = names.map((name) => [
    name,
    union(before.resources?.[name] ?? [], now.resources?.[name] ?? []),
  ]);
  return {
    scopes: union(before.scopes, now.scopes),
    claims: union(before.claims, now.claims),
    ...(names.length > 0 && { resources: Object.fromEntries(resources) }),
  };
}

const union = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])];
