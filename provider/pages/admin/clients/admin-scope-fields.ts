/**
 * What a program may do with clients and undelivered letters through the Admin API, on its client's form: what an admin
 * may do, too. Rights over
 * citizens' accounts and histories, which admins don't have themselves, are given at the command line alone.
 */
import type { AdminScope } from '../../../core/admin-scope.ts';
import type { ClientMetadata } from '../../../core/client.ts';
import type { FieldRule } from '../../form.ts';

const SCOPE_OF = {
  admin_clients_read: 'clients:read',
  admin_clients_write: 'clients:write',
  admin_letters_read: 'letters:read',
  admin_letters_write: 'letters:write',
} as const satisfies Record<string, AdminScope>;

export type AdminScopeField = keyof typeof SCOPE_OF;
export const ADMIN_SCOPE_FIELDS = Object.keys(SCOPE_OF) as AdminScopeField[];

export function adminScopeForm(rule: FieldRule): Readonly<Record<AdminScopeField, FieldRule>> {
  return Object.fromEntries(ADMIN_SCOPE_FIELDS.map((name) => [name, rule])) as Record<
    AdminScopeField,
    FieldRule
  >;
}

type Marks = Readonly<Record<AdminScopeField, string>>;

/** The boxes as they are ticked for a client. */
export function adminScopeMarks({ admin_scopes = [] }: Partial<ClientMetadata>): Marks {
  const marks = ADMIN_SCOPE_FIELDS.map((name) => [name, admin_scopes.includes(SCOPE_OF[name]) ? 'yes' : '']);
  return Object.fromEntries(marks) as Marks;
}

/** As metadata, with what was given elsewhere; undefined where nothing is left: the client has no part in the Admin API. */
export function adminScopesIn(
  marks: Marks,
  { admin_scopes = [] }: Partial<ClientMetadata>,
): Readonly<Record<string, string[] | undefined>> {
  const ticked = ADMIN_SCOPE_FIELDS.filter((name) => marks[name] === 'yes').map((name) => SCOPE_OF[name]);
  const others = admin_scopes.filter((scope) => !Object.values<string>(SCOPE_OF).includes(scope));
  const scopes = [...ticked, ...others];
  return { admin_scopes: scopes.length > 0 ? scopes : undefined };
}
