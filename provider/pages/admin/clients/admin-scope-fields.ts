/** What a program may do through the Admin API, on its client's form: a box for each scope. */
import type { AdminScope } from '../../../core/admin-scope.ts';
import type { ClientMetadata } from '../../../core/client.ts';
import type { FieldRule } from '../../form.ts';

const SCOPE_OF = {
  admin_clients_read: 'clients:read',
  admin_clients_write: 'clients:write',
  admin_accounts_read: 'accounts:read',
  admin_accounts_write: 'accounts:write',
  admin_history_read: 'history:read',
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

/** As metadata; undefined where none is ticked: the client has no part in the Admin API. */
export function adminScopesIn(marks: Marks): Readonly<Record<string, AdminScope[] | undefined>> {
  const ticked = ADMIN_SCOPE_FIELDS.filter((name) => marks[name] === 'yes');
  return { admin_scopes: ticked.length > 0 ? ticked.map((name) => SCOPE_OF[name]) : undefined };
}
