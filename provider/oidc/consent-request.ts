/** Reads from an authorization request what the person is asked to agree to. */
import type { Provider } from 'oidc-provider';
import type { Language } from '../core/account.ts';
import type { Agreed } from '../core/consent.ts';
import { resourceServerOf } from '../core/resource-server.ts';
import { CLAIMS_OF_SCOPE, SCOPES, scopeOfClaim } from './claims.ts';

/** A resource server as it is spoken of. */
export interface SpokenResource {
  readonly name: string;
  /** Scope -> what it means. */
  readonly texts: Readonly<Record<string, string>>;
}

export interface ConsentRequest extends Agreed {
  readonly spoken: Readonly<Record<string, SpokenResource>>;
}

type Parameters = Readonly<Record<string, unknown>>;

export async function consentRequest(
  provider: Provider,
  params: Parameters,
  language: Language,
): Promise<ConsentRequest> {
  const scopes = String(params.scope ?? '').split(' ');
  const spoken: Record<string, SpokenResource> = {};
  const resources: Record<string, string[]> = {};
  for (const resource of [params.resource ?? []].flat().map(String)) {
    const client = await provider.Client.find(resource);
    const server = client && resourceServerOf(client);
    if (!client || !server) continue;
    const texts = Object.entries(server.texts).map(([scope, text]) => [scope, text[language]]);
    const translated = client[`client_name#${language}`];
    const name = typeof translated === 'string' ? translated : (client.clientName ?? resource);
    spoken[resource] = { name, texts: Object.fromEntries(texts) };
    resources[resource] = server.scopes.filter((scope) => scopes.includes(scope));
  }
  return {
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    claims: singleClaims(params.claims),
    resources,
    spoken,
  };
}

/** Those that tell something: how and when somebody logged in is no piece of data. */
function singleClaims(parameter: unknown): string[] {
  if (typeof parameter !== 'string') return [];
  const { id_token = {}, userinfo = {} } = JSON.parse(parameter) as Partial<Record<string, object>>;
  const told: readonly string[] = CLAIMS_OF_SCOPE.openid;
  return Object.keys({ ...id_token, ...userinfo }).filter(
    (claim) => scopeOfClaim(claim) !== undefined && !told.includes(claim),
  );
}
