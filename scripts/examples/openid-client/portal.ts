/** A portal on `openid-client` with a client secret. Needs CLIENT_ID and CLIENT_SECRET, of client.json once it is registered. */
import * as oidc from 'openid-client';
import { startPortal } from '../login.ts';
import { surroundings } from '../surroundings.ts';

const { issuer, port, url, clientId, variables } = surroundings(4003);
const config = await oidc.discovery(
  new URL(issuer),
  clientId,
  {},
  oidc.ClientSecretBasic(variables.CLIENT_SECRET ?? ''),
  // Plain http is for trying out on one machine.
  { execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [] },
);
startPortal({ url, port, config });
