/** What a portal is, which decides most of its client's metadata: a registration asks for the rest only. */
import type { ClientMetadata } from './client.ts';

/** A web application with a back end, one in the browser or on the phone, a program without people, FAPI 2.0. */
export const CLIENT_KINDS = ['web', 'app', 'machine', 'fapi'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

const LOGIN = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] } as const;

const BROUGHT: Readonly<Record<ClientKind, Partial<ClientMetadata>>> = {
  web: LOGIN,
  app: { ...LOGIN, token_endpoint_auth_method: 'none' },
  machine: {
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    subject_type: 'public',
  },
  fapi: { ...LOGIN, fapi: true },
};

/** What the kind alone says of a client. */
export function broughtBy(kind: ClientKind): Partial<ClientMetadata> {
  return BROUGHT[kind];
}

export function kindOf({
  fapi,
  response_types,
  token_endpoint_auth_method,
}: Partial<ClientMetadata>): ClientKind {
  if (fapi === true) return 'fapi';
  if (Array.isArray(response_types) && response_types.length === 0) return 'machine';
  return token_endpoint_auth_method === 'none' ? 'app' : 'web';
}
