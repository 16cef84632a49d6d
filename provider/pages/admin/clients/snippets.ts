/** Settings of the libraries that portals know, filled in for a client. The secret is left to whoever has it. */
import type { ClientMetadata } from '../../../core/client.ts';
import { kindOf } from '../../../core/client-kind.ts';

export interface Snippet {
  readonly name: string;
  readonly code: string;
}

export function snippetsFor(metadata: ClientMetadata, issuer: string): Snippet[] {
  const { client_id: id, redirect_uris: [redirect = ''] = [], scope = 'openid' } = metadata;
  const kind = kindOf(metadata);
  const found = `${issuer}/.well-known/openid-configuration`;
  if (kind === 'machine') {
    const body = `grant_type=client_credentials&scope=${encodeURIComponent(scope)}`;
    return [{ name: 'curl', code: `curl -u '${id}:SECRET' -d '${body}' ${issuer}/token` }];
  }
  if (kind === 'app' || kind === 'fapi') return [openidClient(id, redirect, scope, issuer, kind)];
  return [
    openidClient(id, redirect, scope, issuer, kind),
    {
      name: 'Authlib (Python)',
      code: `oauth.register("kapu", client_id="${id}", client_secret=SECRET,\n  server_metadata_url="${found}",\n  client_kwargs={"scope": "${scope}", "code_challenge_method": "S256"})`,
    },
    {
      name: 'mod_auth_openidc (Apache)',
      code: `OIDCProviderMetadataURL ${found}\nOIDCClientID ${id}\nOIDCClientSecret SECRET\nOIDCRedirectURI ${redirect}\nOIDCScope "${scope}"\nOIDCPKCEMethod S256`,
    },
    {
      name: 'Spring Boot',
      code: `spring.security.oauth2.client:\n  registration.kapu:\n    client-id: ${id}\n    client-secret: \${SECRET}\n    scope: ${scope.replaceAll(' ', ',')}\n    redirect-uri: ${redirect}\n  provider.kapu:\n    issuer-uri: ${issuer}`,
    },
  ];
}

const AUTHENTICATION = {
  web: 'process.env.SECRET',
  app: 'undefined',
  fapi: 'undefined, client.PrivateKeyJwt(key)',
};

function openidClient(
  id: string,
  redirect: string,
  scope: string,
  issuer: string,
  kind: keyof typeof AUTHENTICATION,
): Snippet {
  return {
    name: 'openid-client (Node.js)',
    code: `const config = await client.discovery(new URL('${issuer}'), '${id}', ${AUTHENTICATION[kind]});\nconst url = client.buildAuthorizationUrl(config, {\n  redirect_uri: '${redirect}',\n  scope: '${scope}',\n  code_challenge, code_challenge_method: 'S256', state, nonce,\n});`,
  };
}
