/** The fields by which people register and change a client, and what they mean as metadata. */
import type { AcrValues, Level } from '../../../core/assurance.ts';
import { levelOfAcr } from '../../../core/assurance.ts';
import type { ClientMetadata } from '../../../core/client.ts';
import { broughtBy, type ClientKind } from '../../../core/client-kind.ts';
import type { ClientDraft } from '../../../core/client-record.ts';
import { publicKeys } from '../../../flows/client-keys.ts';
import { scopeOfClaim } from '../../../oidc/claims.ts';
import type { FieldRule, Values } from '../../form.ts';
import { adminScopeForm, adminScopeMarks, adminScopesIn } from './admin-scope-fields.ts';
import { resourceScopesIn, resourceScopesText } from './resource-scopes-field.ts';

const MARK = { maxLength: 10, optional: true } as const;
const ADDRESS = { maxLength: 1000, optional: true } as const;
const LINES = { maxLength: 6000, optional: true } as const;
const REASON = { maxLength: 300, optional: true } as const;

export const CLIENT_FORM = {
  /** Of a new one: who sends the form twice registers once. */
  id: { maxLength: 200, optional: true },
  revision: { maxLength: 20, optional: true },
  name_hu: { maxLength: 200 },
  name_en: { maxLength: 200 },
  client_uri: ADDRESS,
  contacts: LINES,
  redirect_uris: LINES,
  post_logout_redirect_uris: LINES,
  backchannel_logout_uri: ADDRESS,
  initiate_login_uri: ADDRESS,
  sector_identifier_uri: ADDRESS,
  policy_uri: ADDRESS,
  tos_uri: ADDRESS,
  level: { maxLength: 20, optional: true },
  scope_profile: MARK,
  reason_profile: REASON,
  scope_email: MARK,
  reason_email: REASON,
  scope_natural_person: MARK,
  reason_natural_person: REASON,
  scope_offline_access: MARK,
  reason_offline_access: REASON,
  allowed_claims: LINES,
  scope: LINES,
  resources: LINES,
  resource_address: ADDRESS,
  resource_scopes: LINES,
  ...adminScopeForm(MARK),
  auth_method: { maxLength: 40, optional: true },
  jwks: { maxLength: 10_000, optional: true },
  jwks_uri: ADDRESS,
  native: MARK,
  par: MARK,
  dpop: MARK,
  no_pkce: MARK,
  first_party: MARK,
  test: MARK,
  go_live: MARK,
  why: { maxLength: 500, optional: true },
} as const satisfies Record<string, FieldRule>;

export type FieldName = Exclude<keyof typeof CLIENT_FORM, 'id' | 'revision'>;
export type ClientValues = Values<typeof CLIENT_FORM>;

export const DATA_SCOPES = ['profile', 'email', 'natural_person', 'offline_access'] as const;
const TEXTS = [
  'client_uri',
  'backchannel_logout_uri',
  'initiate_login_uri',
  'sector_identifier_uri',
  'policy_uri',
  'tos_uri',
  'jwks_uri',
] as const;
const LISTS = [
  'contacts',
  'redirect_uris',
  'post_logout_redirect_uris',
  'allowed_claims',
  'resources',
] as const;

/** A client as the form shows it. */
export function valuesOf(
  { metadata, test, reasons = {} }: ClientDraft,
  acrValues: AcrValues,
): Record<string, string> {
  const listed = (name: string) => [metadata[name] ?? []].flat().join('\n');
  const scopes = (metadata.scope ?? '').split(' ');
  const mark = (yes: unknown) => (yes ? 'yes' : '');
  const level: Level = levelOfAcr(metadata.default_acr_values?.[0], acrValues) ?? 'low';
  const shared = metadata.client_name ?? '';
  return {
    name_hu: String(metadata['client_name#hu'] ?? shared),
    name_en: String(metadata['client_name#en'] ?? shared),
    ...Object.fromEntries([...TEXTS, ...LISTS].map((name) => [name, listed(name)])),
    level,
    ...Object.fromEntries(DATA_SCOPES.map((scope) => [`scope_${scope}`, mark(scopes.includes(scope))])),
    ...Object.fromEntries(DATA_SCOPES.map((scope) => [`reason_${scope}`, reasons[scope] ?? ''])),
    scope: metadata.scope ?? '',
    resource_scopes: resourceScopesText(metadata.resource_scopes),
    ...adminScopeMarks(metadata),
    auth_method: String(metadata.token_endpoint_auth_method ?? 'client_secret_basic'),
    jwks: metadata.jwks ? JSON.stringify(metadata.jwks, null, 2) : '',
    native: mark(metadata.application_type === 'native'),
    par: mark(metadata.require_pushed_authorization_requests),
    dpop: mark(metadata.dpop_bound_access_tokens),
    no_pkce: mark(metadata.require_pkce === false),
    first_party: mark(metadata.first_party),
    test: mark(test),
  };
}

export interface Basis {
  readonly kind: ClientKind;
  /** The fields that were shown: nothing else of the client changes. */
  readonly fields: readonly FieldName[];
  readonly draft: ClientDraft;
  readonly acrValues: AcrValues;
}

export type Read =
  | { readonly ok: true; readonly draft: ClientDraft }
  | {
      readonly ok: false;
      readonly because: 'keys-malformed' | 'keys-private' | 'resource-scope-malformed' | 'unknown-claim';
      readonly field: FieldName;
      readonly detail: string;
    };

/** What somebody's form makes of a client. */
export function draftFrom(values: ClientValues, { kind, fields, draft, acrValues }: Basis): Read {
  const shown = (name: FieldName) => fields.includes(name);
  const written = writtenOut(values, shown);
  if (!written.ok) return written;
  const metadata = {
    ...draft.metadata,
    ...broughtBy(kind),
    client_name: values.name_hu.trim(),
    'client_name#hu': values.name_hu.trim(),
    'client_name#en': values.name_en.trim(),
    ...Object.fromEntries(TEXTS.filter(shown).map((name) => [name, values[name].trim() || undefined])),
    ...Object.fromEntries(LISTS.filter(shown).map((name) => [name, listOf(name, values[name])])),
    ...written.metadata,
    ...switches(values, shown),
    ...(shown('level') && {
      default_acr_values: [acrValues[values.level === 'low' ? 'low' : 'substantial']],
    }),
    ...(shown('auth_method') && { token_endpoint_auth_method: values.auth_method || undefined }),
    ...scopeOf(values, shown),
    ...(shown('admin_clients_read') && adminScopesIn(values, draft.metadata)),
  };
  const reasons = shown('scope_profile') ? reasonsIn(values) : draft.reasons;
  return {
    ok: true,
    draft: {
      ...draft,
      metadata: present(metadata),
      ...(reasons && { reasons }),
      ...(shown('test') && { test: values.test === 'yes' }),
    },
  };
}

type Written =
  | { readonly ok: true; readonly metadata: Readonly<Record<string, unknown>> }
  | Extract<Read, { ok: false }>;

/** What is written in a language of its own, and may be written badly. */
function writtenOut(values: ClientValues, shown: Shown): Written {
  const strange =
    shown('allowed_claims') && linesOf(values.allowed_claims).find((claim) => !scopeOfClaim(claim));
  if (strange) return { ok: false, because: 'unknown-claim', field: 'allowed_claims', detail: strange };
  const keys = shown('jwks') ? publicKeys(values.jwks) : undefined;
  if (keys && !keys.ok) return { ...keys, field: 'jwks', detail: '' };
  const asked = shown('resource_scopes') ? resourceScopesIn(values.resource_scopes) : undefined;
  if (asked && !asked.ok) return { ...asked, field: 'resource_scopes' };
  return {
    ok: true,
    metadata: { ...(keys && { jwks: keys.jwks }), ...(asked && ofInterface(asked.scopes, values)) },
  };
}

/** An interface asks for no tokens, unless it uses others' in its turn. */
function ofInterface(
  scopes: ClientMetadata['resource_scopes'],
  values: ClientValues,
): Readonly<Record<string, unknown>> {
  const only = scopes !== undefined && values.resources.trim() === '';
  return { resource_scopes: scopes, ...(only && { grant_types: [] }) };
}

type Shown = (name: FieldName) => boolean;

function switches(values: ClientValues, shown: Shown): Partial<ClientMetadata> {
  return {
    ...(shown('native') && { application_type: values.native === 'yes' ? 'native' : 'web' }),
    ...(shown('par') && { require_pushed_authorization_requests: values.par === 'yes' }),
    ...(shown('dpop') && { dpop_bound_access_tokens: values.dpop === 'yes' }),
    ...(shown('no_pkce') && { require_pkce: values.no_pkce !== 'yes' }),
    ...(shown('first_party') && { first_party: values.first_party === 'yes' }),
  };
}

function scopeOf(values: ClientValues, shown: Shown): Partial<ClientMetadata> {
  if (shown('scope')) return { scope: values.scope.split(/\s+/).filter(Boolean).join(' ') || 'openid' };
  if (!shown('scope_profile')) return {};
  const chosen = DATA_SCOPES.filter((scope) => values[`scope_${scope}`] === 'yes');
  return { scope: ['openid', ...chosen].join(' ') };
}

function reasonsIn(values: ClientValues): Record<string, string> {
  const given = DATA_SCOPES.map((scope) => [scope, values[`reason_${scope}`].trim()]);
  return Object.fromEntries(given.filter(([, reason]) => reason));
}

/** Only redirect addresses may be none at all: their lack has a message of its own. */
function listOf(name: (typeof LISTS)[number], text: string): string[] | undefined {
  const lines = linesOf(text);
  return lines.length > 0 || name === 'redirect_uris' ? lines : undefined;
}

function linesOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

function present(metadata: ClientMetadata): ClientMetadata {
  const entries = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(entries), client_id: metadata.client_id };
}
