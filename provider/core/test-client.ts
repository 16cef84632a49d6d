/** Test clients: anybody's to make, for a portal under construction, and therefore of no use against real people. */
import type { Account } from './account.ts';
import { type ClientMetadata, isLoopback } from './client.ts';

/** Only people who do not exist, and those who build the portal, may log in. */
export function mayLogInAt(
  { test_owners: owners }: { readonly test_owners?: unknown },
  { id, test }: Pick<Account, 'id' | 'test'>,
): boolean {
  return !Array.isArray(owners) || test === true || owners.includes(id);
}

/** Everything that a browser or we ourselves would be sent to. */
const ADDRESSES = [
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'initiate_login_uri',
  'jwks_uri',
  'sector_identifier_uri',
] as const;

/** What stands against a client for tests; undefined: nothing. `hosts` are those where portals are tried. */
export function testClientFault(metadata: ClientMetadata, hosts: readonly string[]): string | undefined {
  if (metadata.first_party === true) return 'first_party must not be set for a test client';
  if (metadata.admin_scopes) return 'admin_scopes must not be set for a test client';
  if (metadata.resource_scopes) return 'resource_scopes must not be set for a test client';
  for (const name of ADDRESSES) {
    for (const address of [metadata[name] ?? []].flat().map(String)) {
      if (!URL.canParse(address)) return `${name}: ${address} is no address`;
      const { hostname } = new URL(address);
      if (!isLoopback(hostname) && !hosts.includes(hostname)) return `${name}: ${address} is no test host`;
    }
  }
  return undefined;
}
