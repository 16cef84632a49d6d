/** Who presents an access token at the Admin API: a program, by `client_credentials` and nothing else. */
import type { Context } from 'koa';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import checkProof, { checkDpopReplay } from 'oidc-provider/lib/helpers/validate_dpop.js';
import { type AdminScope, adminScopesOf } from '../core/admin-scope.ts';

export interface Machine {
  readonly clientId: string;
  readonly name: string;
  /** Those of its token that its client still has. */
  readonly scopes: readonly AdminScope[];
}

export type Presented =
  | { readonly ok: true; readonly machine: Machine }
  /** RFC 6750 §3.1 and RFC 9449 §7.1; no error where nothing was presented. */
  | { readonly ok: false; readonly error?: string; readonly detail: string };

type Token = InstanceType<Provider['ClientCredentials']>;
type Client = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;

/** `address` is where the request went to, without its query; `audience` whom a token must be for. */
export async function machineOf(
  provider: Provider,
  ctx: Context,
  { address, audience }: { readonly address: string; readonly audience: string },
): Promise<Presented> {
  try {
    return { ok: true, machine: await provenMachine(provider, asProtocol(provider, ctx, address), audience) };
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error;
    const nothing = ctx.get('authorization') === '';
    const detail = error.error_description ?? error.message;
    return { ok: false, detail, ...(!nothing && { error: error.error }) };
  }
}

/** What the library wants to know of a request, for one at an address that is none of its own. */
function asProtocol(provider: Provider, ctx: Context, address: string): KoaContextWithOIDC {
  const oidc = new provider.OIDCContext(ctx as never);
  return Object.assign(ctx, { oidc: Object.assign(oidc, { urlFor: () => address }) }) as never;
}

async function provenMachine(
  provider: Provider,
  ctx: KoaContextWithOIDC,
  audience: string,
): Promise<Machine> {
  const value = ctx.oidc.getAccessToken({ acceptDPoP: true });
  const proof = await checkProof(provider, ctx, value);
  // Tokens of people are another model: none of theirs is ever found here.
  const token = await provider.ClientCredentials.find(value);
  const client = token?.clientId === undefined ? undefined : await provider.Client.find(token.clientId);
  if (!token || !client || !isFor(token, audience) || !isCurrent(token, client))
    throw new errors.InvalidToken('access token not found');
  if (token.jkt !== proof?.thumbprint) throw new errors.InvalidToken('failed jkt verification');
  await checkDpopReplay(provider, ctx, proof, client.clientId, errors.InvalidToken);
  const scopes = adminScopesOf(client).filter((scope) => token.scopes.has(scope));
  return { clientId: client.clientId, name: client.clientName ?? client.clientId, scopes };
}

function isFor({ aud }: Token, audience: string): boolean {
  return aud === audience;
}

/** What a client was given before it was disabled stays dead. */
function isCurrent({ iat = 0 }: Token, { grants_since: since }: Client): boolean {
  return typeof since !== 'number' || iat * 1000 >= since;
}
