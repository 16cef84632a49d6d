/** What a program may do through the Admin API: the scopes that an admin gave its client as `admin_scopes`. */
import type { ClientMetadata } from './client.ts';

export const ADMIN_SCOPES = [
  'clients:read',
  'clients:write',
  'accounts:read',
  'accounts:write',
  'history:read',
  'letters:read',
  'letters:write',
] as const;

export type AdminScope = (typeof ADMIN_SCOPES)[number];

type Hostile = Readonly<Record<string, unknown>>;

/** None for a client that may not use the Admin API. */
export function adminScopesOf({ admin_scopes: given }: Hostile): readonly AdminScope[] {
  return Array.isArray(given) ? ADMIN_SCOPES.filter((scope) => given.includes(scope)) : [];
}

/** Whether a program may do with people's accounts and histories what no admin may. */
export function reachesPeople(metadata: Hostile): boolean {
  return adminScopesOf(metadata).some((scope) => !scope.startsWith('clients:'));
}

/** What such a client lives with: nobody logs in at it, and it gets tokens in one way. */
export function adminClientDefaults({ admin_scopes }: Partial<ClientMetadata>): Partial<ClientMetadata> {
  if (admin_scopes === undefined) return {};
  return {
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    subject_type: 'public',
  };
}

/** What is wrong with the metadata of a client of the Admin API; undefined: nothing. */
export function adminClientFault(metadata: Hostile): string | undefined {
  const {
    admin_scopes: scopes,
    token_endpoint_auth_method: method,
    grant_types,
    response_types,
    resource_scopes,
  } = metadata;
  if (scopes === undefined) return undefined;
  const known: readonly unknown[] = ADMIN_SCOPES;
  if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every((scope) => known.includes(scope)))
    return `admin_scopes must be a list of ${ADMIN_SCOPES.join(', ')}`;
  if (method === 'none') return 'admin_scopes: a client without a secret or key can not have them';
  // What people log in at holds codes and tokens of theirs, and more eyes see it.
  if (!sameList(grant_types, ['client_credentials']) || !sameList(response_types, []))
    return 'admin_scopes: only a program has them, with the grant type client_credentials and no response_types';
  return resource_scopes === undefined ? undefined : 'admin_scopes: a resource server can not have them';
}

function sameList(value: unknown, wanted: readonly string[]): boolean {
  return Array.isArray(value) && value.length === wanted.length && wanted.every((one) => value.includes(one));
}
