/** What may be asked of an interface (a resource server), as people write it: a line for each scope, with what it means. */
import type { ClientMetadata } from '../../../core/client.ts';

type ResourceScopes = ClientMetadata['resource_scopes'];

export type ReadScopes =
  | { readonly ok: true; readonly scopes: ResourceScopes }
  | { readonly ok: false; readonly because: 'resource-scope-malformed'; readonly detail: string };

const BETWEEN = '|';

export function resourceScopesText(scopes: ResourceScopes = {}): string {
  return Object.entries(scopes)
    .map(([scope, { hu, en }]) => [scope, hu, en].join(` ${BETWEEN} `))
    .join('\n');
}

/** No line is no interface. */
export function resourceScopesIn(text: string): ReadScopes {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const parts = lines.map((line) => line.split(BETWEEN).map((part) => part.trim()));
  const strange = parts.findIndex((one) => one.length !== 3 || one.includes(''));
  if (strange !== -1)
    return { ok: false, because: 'resource-scope-malformed', detail: lines[strange]?.trim() ?? '' };
  const scopes = parts.map(([scope = '', hu = '', en = '']) => [scope, { hu, en }] as const);
  return { ok: true, scopes: scopes.length > 0 ? Object.fromEntries(scopes) : undefined };
}
