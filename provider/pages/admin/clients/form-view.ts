/** The form of a client as its template shows it: which fields, of what sort, under which heading. */
import { CLIENT_AUTH_METHODS } from '../../../oidc/discovery.ts';
import type { Translate } from '../../texts.ts';
import type { FieldName } from './fields.ts';

/** Those of a client, and of an initial access token. */
type Name = FieldName | 'hosts' | 'hours';

export interface FormField {
  readonly name: string;
  readonly sort: 'text' | 'area' | 'check' | 'choice';
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}

const AREAS: readonly Name[] = [
  'hosts',
  'contacts',
  'redirect_uris',
  'post_logout_redirect_uris',
  'allowed_claims',
  'resources',
  'resource_scopes',
  'jwks',
  'why',
];
const CHECKS: readonly Name[] = ['native', 'go_live', 'par', 'dpop', 'no_pkce', 'first_party', 'test'];
const CHOICES: Readonly<Partial<Record<Name, readonly string[]>>> = {
  level: ['substantial', 'low'],
  auth_method: CLIENT_AUTH_METHODS.filter((method) => method !== 'none'),
};

export function formFields(
  names: readonly Name[],
  values: Readonly<Record<string, string>>,
  t: Translate,
): FormField[] {
  return names.map((name) => ({
    name,
    sort: sortOf(name),
    label: t(`field.${name}`),
    hint: t(`clientHint.${name}`, { defaultValue: '' }),
    value: values[name] ?? '',
    choices: (CHOICES[name] ?? []).map((value) => ({ value, label: t(`clientChoice.${value}`) })),
  }));
}

function sortOf(name: Name): FormField['sort'] {
  if (CHECKS.includes(name) || /^(?:scope|admin)_/.test(name)) return 'check';
  if (CHOICES[name]) return 'choice';
  return AREAS.includes(name) ? 'area' : 'text';
}
