/** The protocol's own rules for client metadata, asked without storing anything. */
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { ClientMetadata } from '../core/client.ts';
import { type ClientRules, type OutgoingFetch, OutgoingRefused } from '../flows/ports.ts';

/** `provider` answers the one of the moment. */
export function clientRules(provider: () => Provider, outgoing: OutgoingFetch): ClientRules {
  return { fault: async (metadata) => libraryFault(provider(), metadata) ?? sectorFault(metadata, outgoing) };
}

function libraryFault(provider: Provider, metadata: ClientMetadata): string | undefined {
  try {
    // The types hide the constructor; it is how the library itself validates (`lib/helpers/add_client.js`).
    Reflect.construct(provider.Client, [metadata]);
    return undefined;
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    return error.error_description ?? error.message;
  }
}

/** The sector document must list every redirect URI (OpenID Connect Core §8.1, Registration §5). */
async function sectorFault(metadata: ClientMetadata, outgoing: OutgoingFetch): Promise<string | undefined> {
  const { sector_identifier_uri: address, redirect_uris: redirects = [] } = metadata;
  if (typeof address !== 'string') return undefined;
  const listed = await sectorDocument(address, outgoing);
  if (!Array.isArray(listed)) return 'sector_identifier_uri does not lead to a JSON array of redirect URIs';
  const missing = redirects.find((uri) => !listed.includes(uri));
  return missing && `sector_identifier_uri: its document does not list ${missing}`;
}

/** Undefined when it can't be had, for whatever reason: which one is nobody's business who asks from outside. */
async function sectorDocument(address: string, outgoing: OutgoingFetch): Promise<unknown> {
  try {
    const response = await outgoing(address, { headers: { accept: 'application/json' } });
    return response.status === 200 ? JSON.parse(await response.text()) : undefined;
  } catch (error) {
    if (error instanceof OutgoingRefused || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
