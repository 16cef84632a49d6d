/** Which fields of a client a kind of portal is asked for, and whom. */
import type { ClientKind } from '../../../core/client-kind.ts';
import { ADMIN_SCOPE_FIELDS } from './admin-scope-fields.ts';
import { DATA_SCOPES, type FieldName } from './fields.ts';

const SCOPE_FIELDS = DATA_SCOPES.flatMap((scope) => [`scope_${scope}`, `reason_${scope}`] as const);
const NAMES = ['name_hu', 'name_en', 'client_uri', 'contacts'] as const;
const VISITED = ['redirect_uris', 'post_logout_redirect_uris'] as const;
const KEYS = ['jwks', 'jwks_uri'] as const;
const SELDOM = [
  'backchannel_logout_uri',
  'initiate_login_uri',
  'sector_identifier_uri',
  'policy_uri',
  'tos_uri',
  'allowed_claims',
] as const;

/** What a kind of portal is asked: at once, and what seldom matters. */
const FIELDS_OF: Readonly<
  Record<ClientKind, { readonly needed: readonly FieldName[]; readonly seldom: readonly FieldName[] }>
> = {
  web: {
    needed: [...NAMES, ...VISITED, 'level', ...SCOPE_FIELDS],
    seldom: ['auth_method', ...KEYS, ...SELDOM, 'resources', 'par', 'dpop', 'no_pkce', 'first_party'],
  },
  app: {
    needed: [...NAMES, ...VISITED, 'native', 'level', ...SCOPE_FIELDS],
    seldom: [...SELDOM, 'par', 'dpop', 'first_party'],
  },
  machine: {
    needed: ['name_hu', 'name_en', 'contacts', 'resources', 'scope'],
    seldom: ['resource_address', 'resource_scopes', ...ADMIN_SCOPE_FIELDS, 'auth_method', ...KEYS, 'dpop'],
  },
  fapi: {
    needed: [...NAMES, ...VISITED, ...KEYS, 'level', ...SCOPE_FIELDS],
    seldom: [...SELDOM, 'resources', 'first_party'],
  },
};

/** What owners may not set: it takes something from the people who log in, or reaches into others' interfaces. */
const ADMINS_ONLY: readonly FieldName[] = [
  'first_party',
  'resources',
  'resource_address',
  'resource_scopes',
  'allowed_claims',
  'no_pkce',
  'scope',
  'test',
  ...ADMIN_SCOPE_FIELDS,
];

export function fieldsFor(kind: ClientKind, mayAll: boolean) {
  const { needed, seldom } = FIELDS_OF[kind];
  const open = (names: readonly FieldName[]) => names.filter((name) => mayAll || !ADMINS_ONLY.includes(name));
  return { needed: open(needed), seldom: open(seldom) };
}
