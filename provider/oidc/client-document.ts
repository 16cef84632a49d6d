/** A client's metadata as somebody hands it over, hostile until proven otherwise: which names, and which kinds of values. */
import { z } from 'zod';
import type { ClientMetadata } from '../core/client.ts';
import { ACCOUNT_CLIENT_ID } from './account-client.ts';

/** 128 bits in base64url (RFC 6749 §10.10): it is stored under a fast hash. */
const SECRET_MIN_LENGTH = 22;

const text = z.string('must be a text').min(1, 'must not be empty').max(2048, 'is too long');
const texts = z.array(text, 'must be a list of texts').max(100, 'has too many members');
const uri = text.refine((value) => URL.canParse(value), 'must be an address');
const uris = z.array(uri, 'must be a list of addresses').max(100, 'has too many members');
const KEY_SET = 'must be a JSON Web Key Set';
const yesOrNo = z.boolean('must be true or false');
const name = text.max(200, 'is too long').regex(/^\P{C}*$/u, 'must not hold control characters');

const clientId = text
  .regex(/^[\w.~:/@+-]{1,200}$/, 'may hold letters, digits and . _ ~ : / @ + - only')
  .refine((id) => id !== ACCOUNT_CLIENT_ID, 'is reserved');

/** Kinds of values only; what they may be is for oidc-provider's own rules, which are asked afterwards. */
const schema = z.object({
  client_id: clientId,
  client_secret: text.min(SECRET_MIN_LENGTH, `must have ${SECRET_MIN_LENGTH} characters at least`),
  client_name: name,
  'client_name#hu': name,
  'client_name#en': name,
  client_uri: uri,
  logo_uri: uri,
  policy_uri: uri,
  tos_uri: uri,
  contacts: texts,
  redirect_uris: uris,
  post_logout_redirect_uris: uris,
  initiate_login_uri: uri,
  sector_identifier_uri: uri,
  backchannel_logout_uri: uri,
  backchannel_logout_session_required: yesOrNo,
  jwks_uri: uri,
  jwks: z.looseObject({ keys: z.array(z.looseObject({}, KEY_SET), KEY_SET) }, KEY_SET),
  application_type: text,
  response_types: texts,
  response_modes: texts,
  grant_types: texts,
  scope: text,
  token_endpoint_auth_method: text,
  token_endpoint_auth_signing_alg: text,
  subject_type: text,
  id_token_signed_response_alg: text,
  userinfo_signed_response_alg: text,
  introspection_signed_response_alg: text,
  default_acr_values: texts,
  default_max_age: z.int('must be a whole number').min(0, 'must not be negative'),
  require_auth_time: yesOrNo,
  require_pushed_authorization_requests: yesOrNo,
  dpop_bound_access_tokens: yesOrNo,
  first_party: yesOrNo,
  require_pkce: yesOrNo,
  fapi: yesOrNo,
  admin_scopes: texts,
  allowed_claims: texts,
  resources: uris,
  resource_scopes: z.record(text, z.object({ hu: text, en: text })),
  resource_token_format: text,
});

const metadataSchema = schema.partial();

/** As a program hands it over that is to hear of every mistake: nothing is ignored, and secrets are made here. */
export const strictMetadataSchema = schema.omit({ client_secret: true }).partial().strict();

/** What may be shown of a client's metadata: nothing that is not in the schema, and no secret. */
export function shownMetadata(metadata: ClientMetadata): ClientMetadata {
  const { client_secret: _, ...shape } = schema.shape;
  const entries = Object.entries(metadata).filter(([name]) => Object.hasOwn(shape, name));
  return { ...Object.fromEntries(entries), client_id: metadata.client_id };
}

export type ClientDocument =
  | {
      readonly ok: true;
      readonly metadata: Partial<ClientMetadata>;
      /** Properties that mean nothing here, left out as RFC 7591 §2 demands. */
      readonly ignored: readonly string[];
    }
  | { readonly ok: false; readonly detail: string };

export function clientDocument(document: unknown): ClientDocument {
  const checked = metadataSchema.safeParse(document);
  if (!checked.success) return { ok: false, detail: checked.error.issues.map(inWords).join('; ') };
  const ignored = Object.keys(document as object).filter((key) => !Object.hasOwn(schema.shape, key));
  return { ok: true, metadata: checked.data as Partial<ClientMetadata>, ignored };
}

function inWords({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? 'the metadata must be one JSON object' : `${path.join('.')} ${message}`;
}
