/** Metadata of clients: what is ours among it, its rules, and how a client proves who it is. */
import { type Configuration, errors } from 'oidc-provider';
import { OWN_METADATA } from '../core/client.ts';
import { clientFault } from '../core/client-rules.ts';
import { SCOPES } from './claims.ts';

/** Asked whenever a client is registered, changed or loaded: one that breaks a rule is none. */
export const EXTRA_METADATA: NonNullable<Configuration['extraClientMetadata']> = {
  properties: [...OWN_METADATA],
  validator(_ctx, key, _value, metadata) {
    const fault = key === OWN_METADATA[0] ? clientFault({ ...metadata }, SCOPES) : undefined;
    if (fault) throw new errors.InvalidClientMetadata(fault);
  },
};

export const CLIENT_DEFAULTS = {
  id_token_signed_response_alg: 'ES256',
  introspection_signed_response_alg: 'ES256',
} as const;

interface Rotating {
  readonly oidc: { readonly client?: { readonly clientAuthMethod?: string | undefined } | undefined };
}

/**
 * Refresh tokens of public clients are good once (RFC 9700 §4.14.2). Those of confidential ones are bound to the
 * client's own key or secret, and rotating them loses one whenever an answer is lost (FAPI 2.0 §5.3.2.1 9).
 */
export const rotatesRefreshToken = ({ oidc }: Rotating): boolean => oidc.client?.clientAuthMethod === 'none';

interface CorsClient {
  readonly clientAuthMethod?: string | undefined;
  readonly redirectUris?: readonly string[] | undefined;
}

/** A public client may run in a browser, on the pages that it is sent back to and nowhere else. */
export function mayCallFrom(_ctx: unknown, origin: string, client: CorsClient): boolean {
  if (client.clientAuthMethod !== 'none' || origin === 'null') return false;
  return (client.redirectUris ?? []).some((uri) => new URL(uri).origin === origin);
}
