/** The Grant of a session and a client, made of what the person once agreed to: asked once, not at every login. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Agreed, ResourceScopes } from '../core/consent.ts';
import type { Consents, Random } from '../flows/ports.ts';

export interface GrantPorts {
  readonly consents: Consents;
  readonly random: Random;
  readonly claimGrantId: (
    sessionUid: string,
    clientId: string,
    fresh: string,
    replaces?: string,
  ) => Promise<string>;
}

/** For oidc-provider's `loadExistingGrant`. Without a Grant that covers the request it asks for consent. */
export function existingGrant({ consents, random, claimGrantId }: GrantPorts) {
  async function agreedTo(ctx: KoaContextWithOIDC, accountId: string): Promise<Agreed | undefined> {
    const { client, requestParamOIDCScopes, requestParamClaims } = ctx.oidc;
    if (!client) return undefined;
    if (client.first_party === true) {
      return {
        scopes: [...requestParamOIDCScopes],
        claims: [...requestParamClaims],
        resources: requestedOf(ctx),
      };
    }
    return consents.find(accountId, client.clientId);
  }

  return async (ctx: KoaContextWithOIDC) => {
    const { client, session, account, provider } = ctx.oidc;
    if (!client || !session || !account) return undefined;
    const known = session.grantIdFor(client.clientId);
    const [existing, agreed] = await Promise.all([
      known === undefined ? undefined : provider.Grant.find(known),
      agreedTo(ctx, account.accountId),
    ]);
    // A withdrawn consent withdraws the grant: the person is asked anew.
    if (!agreed) return undefined;

    const grant = existing ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    // A session that was never stored is nobody else's: there is nothing to race with.
    const shared = session.exp !== undefined;
    grant.jti ??= shared ? await claimGrantId(session.uid, client.clientId, random.id(), known) : random.id();
    grant.addOIDCScope(agreed.scopes.join(' '));
    grant.addOIDCClaims([...agreed.claims]);
    for (const [resource, scopes] of Object.entries(agreed.resources ?? {}))
      grant.addResourceScope(resource, scopes.join(' '));
    // The library keeps the rest of a grant's life on saving; the tokens of this login live longer than that.
    Reflect.deleteProperty(grant, 'exp');
    await grant.save();
    return grant;
  };
}

/** The scopes that this request asks of each resource server. */
function requestedOf({ oidc }: KoaContextWithOIDC): ResourceScopes {
  const servers = Object.entries(oidc.resourceServers ?? {});
  const requested = servers.map(([resource, { scopes }]) => [
    resource,
    [...scopes].filter((scope) => oidc.requestParamScopes.has(scope)),
  ]);
  return Object.fromEntries(requested);
}
