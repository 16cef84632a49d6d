/** The Grant of a session and a client, made of what the person once agreed to: asked once, not at every login. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Agreed, ResourceScopes } from '../core/consent.ts';
import { mayLogInAt } from '../core/test-client.ts';
import type { Accounts, Consents, Grants, Random } from '../flows/ports.ts';

export interface GrantPorts {
  readonly accounts: Accounts;
  readonly consents: Consents;
  readonly grants: Pick<Grants, 'expect'>;
  readonly random: Random;
  readonly claimGrantId: (
    sessionUid: string,
    clientId: string,
    fresh: string,
    replaces?: string,
  ) => Promise<string>;
}

/** Routes on which a grant is made of what was agreed to. */
const ASKS_FOR_CONSENT: readonly string[] = ['authorization', 'resume'];

/** What {@link existingGrant} will read, asked for beside the account. */
export function expectGrant({ oidc }: KoaContextWithOIDC, accountId: string, ports: GrantPorts): void {
  const { client, session, route } = oidc;
  if (!client || !ASKS_FOR_CONSENT.includes(route)) return;
  ports.consents.expect(accountId, client.clientId);
  const known = session?.grantIdFor(client.clientId);
  if (known !== undefined) ports.grants.expect(known);
}

/** For oidc-provider's `loadExistingGrant`. Without a Grant that covers the request it asks for consent. */
export function existingGrant({ accounts, consents, random, claimGrantId }: GrantPorts) {
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

  /** Before anything is asked or told: a stranger's test client gets to know nobody real. */
  async function keepRealPeopleOut({ client }: KoaContextWithOIDC['oidc'], accountId: string): Promise<void> {
    if (client?.test_owners === undefined) return;
    const account = await accounts.find(accountId);
    if (!account || !mayLogInAt({ test_owners: client.test_owners }, account))
      throw new errors.AccessDenied('only test people and its owners may log in at a test client');
  }

  return async (ctx: KoaContextWithOIDC) => {
    const { client, session, account, provider } = ctx.oidc;
    if (!client || !session || !account) return undefined;
    await keepRealPeopleOut(ctx.oidc, account.accountId);
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
