/** Access tokens for the interfaces of others (RFC 8707): which there are, and who may ask for them. */
import { errors, type KoaContextWithOIDC, type Provider, type ResourceServer } from 'oidc-provider';
import { adminScopesOf } from '../core/admin-scope.ts';
import { resourceServerOf } from '../core/resource-server.ts';
import type { Clients } from '../flows/ports.ts';

type Client = InstanceType<Provider['Client']>;

/** The resource indicator of the Admin API, which is a resource server of our own. */
export const adminApiAddress = (issuer: string): string => `${issuer}/admin/api/v1`;

function allowed(client: Pick<Client, string>, issuer: string): readonly unknown[] {
  const others = Array.isArray(client.resources) ? client.resources : [];
  return adminScopesOf(client).length > 0 ? [adminApiAddress(issuer), ...others] : others;
}

/** Opaque, so that it can be taken back; its scopes are those that an admin gave this client, whoever else is `registered` there. */
function adminApi(client: Client, issuer: string): ResourceServer | undefined {
  const scopes = adminScopesOf(client);
  const server = {
    scope: scopes.join(' '),
    audience: adminApiAddress(issuer),
    accessTokenFormat: 'opaque',
  } as const;
  return scopes.length > 0 ? server : undefined;
}

/** Throws `invalid_target` for what is no resource server, and for one that the client was not given. */
export function resourceServerInfo(clients: Clients) {
  return async (ctx: KoaContextWithOIDC, resource: string, client: Client): Promise<ResourceServer> => {
    const { issuer } = ctx.oidc;
    const own = resource === adminApiAddress(issuer) ? adminApi(client, issuer) : undefined;
    if (own) return own;
    const mayAsk = resource !== adminApiAddress(issuer) && allowed(client, issuer).includes(resource);
    const registered = mayAsk ? await clients.find(resource) : undefined;
    const server = registered && resourceServerOf(registered);
    if (!server) throw new errors.InvalidTarget();
    return {
      scope: server.scopes.join(' '),
      audience: resource,
      accessTokenFormat: server.tokenFormat,
      jwt: { sign: { alg: 'ES256' } },
    };
  };
}

/** A machine that has one interface to talk to need not name it; a token for nobody is of no use to it. */
export function defaultResource(ctx: KoaContextWithOIDC, client: Client): string | undefined {
  if (ctx.oidc.params?.grant_type !== 'client_credentials') return undefined;
  const [only, another] = allowed(client, ctx.oidc.issuer);
  if (typeof only === 'string' && another === undefined) return only;
  throw new errors.InvalidTarget('resource is missing');
}

/** RFC 7009 §2.1: its own tokens only; of another's it is not even told that they exist. */
export function mayRevoke(
  _ctx: unknown,
  { clientId }: { readonly clientId: string },
  token: Presented,
): boolean {
  return token.clientId === clientId;
}

interface Presented {
  readonly clientId?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
}

/** RFC 7662 §4: whom a token was given to, and whom it is for, and nobody else. */
export function mayIntrospect(
  _ctx: unknown,
  client: { readonly clientId: string; readonly clientAuthMethod?: string | undefined },
  token: Presented,
): boolean {
  if (client.clientAuthMethod === 'none') return false;
  return token.clientId === client.clientId || [token.aud].flat().includes(client.clientId);
}
