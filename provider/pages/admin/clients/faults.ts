/** What stands against a client's metadata, in plain words and beside the field that it is about. */
import type { Because, Refusal } from '../../../core/refusal.ts';
import { CLIENT_FORM } from './fields.ts';

/** What the rules say (in the words of a specification) -> what people are told. The first that fits counts. */
const KNOWN: readonly (readonly [RegExp, Because])[] = [
  [/is no test host/, 'address-no-test-host'],
  [/must begin with https/, 'address-not-https'],
  [/user name or password/, 'address-with-password'],
  [/must not hold a fragment|must not contain fragments/, 'address-with-fragment'],
  [/strange host/, 'address-strange-host'],
  [/only contain email/, 'malformed-email'],
  [/is no address|must be an address|(?:web|valid) uris?$/, 'no-address'],
  [/sector_identifier_uri is (?:mandatory|required)|is required when using multiple hosts/, 'sector-needed'],
  [/does not lead to|does not list/, 'sector-document'],
  [
    /jwks.*(?:mandatory|must not be used at the same time|JSON Web Key Set)|JSON Web Key Set/,
    'keys-unusable',
  ],
  [/must not hold (?:<|markup)/, 'name-with-markup'],
  [/client_id of a resource server must be its address/, 'interface-without-address'],
  [/is mandatory|must contain members/, 'missing'],
];

/** Fields that are called otherwise than the property that they fill. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'client_name#hu': 'name_hu',
  'client_name#en': 'name_en',
  client_name: 'name_hu',
  jwks: 'jwks',
  token_endpoint_auth_method: 'auth_method',
  default_acr_values: 'level',
  require_pkce: 'no_pkce',
};

/** Where the property at fault is none of the form's, or not the one to fill in. */
const OTHER_FIELD: Readonly<Record<string, string>> = {
  'sector-needed': 'sector_identifier_uri',
  'interface-without-address': 'resource_address',
};

/** `fields` are those of the form: what concerns none of them stands above it. */
export function metadataRefusal(detail: string, fields: readonly string[]): Refusal {
  const known = KNOWN.find(([pattern]) => pattern.test(detail));
  const [property = ''] = /^[\w#]+/.exec(detail) ?? [];
  const name = FIELD_OF[property] ?? (Object.hasOwn(CLIENT_FORM, property) ? property : undefined);
  const field = OTHER_FIELD[known?.[1] ?? ''] ?? name;
  return {
    ok: false,
    because: known?.[1] ?? 'invalid-metadata',
    detail: addressIn(detail) ?? detail,
    ...(field !== undefined && fields.includes(field) && { field }),
  };
}

/** `redirect_uris: http://… must begin…` */
function addressIn(detail: string): string | undefined {
  return /^\w+: (\S+)/.exec(detail)?.[1];
}
