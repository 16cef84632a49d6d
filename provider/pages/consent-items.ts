/** What a portal gets, in words: the same when it is asked for and when it is looked up afterwards. */
import type { ConsentItem } from '../core/consent.ts';
import { CLAIMS_OF_CLAIMS, CLAIMS_OF_SCOPE } from '../oidc/claims.ts';
import type { SpokenResource } from '../oidc/consent-request.ts';
import type { Translate } from './texts.ts';

export interface SpokenItem {
  readonly title: string;
  /** Empty where the title says it all. */
  readonly what: readonly string[];
  readonly why?: string;
}

/** `resources`: those that items speak of, by address. */
export function inWords(
  item: ConsentItem,
  resources: Readonly<Record<string, SpokenResource>>,
  t: Translate,
): SpokenItem {
  if ('resource' in item) {
    const { name = item.resource, texts = {} } = resources[item.resource] ?? {};
    const what = item.scopes.flatMap((scope) => texts[scope] ?? []);
    return { title: t('consent.resource', { name }), what };
  }
  const { [item.scope]: all = [] }: Readonly<Record<string, readonly string[]>> = CLAIMS_OF_SCOPE;
  const [several, claims] = [spoken(all).length > 1, spoken(item.claims)];
  return {
    title: t(`consent.scope.${item.scope}`),
    what: several ? claims.map((claim) => t(`consent.claim.${claim}`)) : [],
    why: t(`consent.scopeWhy.${item.scope}`),
  };
}

const spoken = (claims: readonly string[]) => claims.filter((claim) => !CLAIMS_OF_CLAIMS.includes(claim));
