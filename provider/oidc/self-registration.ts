/**
 * Registration by a portal's software (RFC 7591) and its updates (RFC 7592), as oidc-provider does them: only with an
 * initial access token, within its agreement, with the secret shown once and stored hashed.
 */
import { type Configuration, errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { AcrValues } from '../core/assurance.ts';
import type { Agreement, ClientMetadata } from '../core/client.ts';
import { admitClient, type ClientPolicy, hashClientSecret, newSecret } from '../flows/clients.ts';
import type { Clients, InitialAccessTokens, OutgoingFetch, Random } from '../flows/ports.ts';
import { clientDocument } from './client-document.ts';
import { clientRules } from './client-rules.ts';

export interface SelfRegistrationPorts {
  readonly initialAccessTokens: InitialAccessTokens;
  readonly clients: Clients;
  readonly outgoing: OutgoingFetch;
  readonly random: Random;
}

export type SelfRegistrationPolicy = ClientPolicy & { readonly acrValues: AcrValues };

type Features = Pick<NonNullable<Configuration['features']>, 'registration' | 'registrationManagement'>;

const AGREEMENT = 'agreement';

export function selfRegistration(ports: SelfRegistrationPorts, policy: SelfRegistrationPolicy): Features {
  return {
    registration: {
      enabled: true,
      initialAccessToken: true,
      idFactory: () => ports.random.id(),
      secretFactory: () => newSecret(ports.random),
      policies: { [AGREEMENT]: keepToAgreement(ports, policy) },
    },
    registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
  };
}

/** The library's tokens know no agreement, and stay good after an admin has taken a client's matters in hand. */
export function tokensWithAgreement(
  provider: Provider,
  { initialAccessTokens, clients }: Pick<SelfRegistrationPorts, 'initialAccessTokens' | 'clients'>,
): void {
  const { InitialAccessToken, RegistrationAccessToken } = provider;
  const findRegistrationAccess = RegistrationAccessToken.find.bind(RegistrationAccessToken);
  Object.assign(InitialAccessToken, {
    find: async (token: string) =>
      (await initialAccessTokens.find(token)) &&
      Object.assign(new InitialAccessToken({ policies: [AGREEMENT] }), { jti: token }),
  });
  Object.assign(RegistrationAccessToken, {
    find: async (token: string) => {
      const found = (await findRegistrationAccess(token)) as { readonly clientId?: string } | undefined;
      const client = found?.clientId === undefined ? undefined : await clients.find(found.clientId);
      // A client registered anew under an old id is nobody's who held a token of the old one.
      return client?.registration_agreement === undefined ? undefined : found;
    },
  });
}

/** For the library's `policies`: it hands over what is about to be stored, to be changed in place. */
function keepToAgreement(
  { initialAccessTokens, outgoing }: SelfRegistrationPorts,
  policy: SelfRegistrationPolicy,
) {
  async function agreementOf({ oidc }: KoaContextWithOIDC): Promise<Agreement | undefined> {
    const token = oidc.entities.InitialAccessToken?.jti;
    if (token !== undefined) return initialAccessTokens.find(token);
    return oidc.client?.registration_agreement as Agreement | undefined;
  }

  return async (ctx: KoaContextWithOIDC, properties: object): Promise<void> => {
    const agreement = await agreementOf(ctx);
    if (!agreement) throw new errors.InvalidToken('no agreement stands behind the token');
    const admit = admitClient(
      clientRules(() => ctx.oidc.provider, outgoing),
      policy,
    );
    const wanted = withHashedSecret(ctx, properties as Properties);
    const document = clientDocument(wanted);
    const admitted = document.ok
      ? await admit({ ...document.metadata, client_id: wanted.client_id }, agreement)
      : document;
    if (!admitted.ok) throw new errors.InvalidClientMetadata(admitted.detail);
    await spend(ctx, initialAccessTokens);
    const { client_id, client_id_issued_at, client_secret_expires_at } = wanted;
    for (const name of Object.keys(properties)) Reflect.deleteProperty(properties, name);
    Object.assign(properties, admitted.metadata, {
      client_id,
      client_id_issued_at,
      client_secret_expires_at,
    });
  };
}

interface Properties extends ClientMetadata {
  readonly client_id_issued_at?: number;
  readonly client_secret_expires_at?: number;
}

/** A new secret is shown in this answer and stored hashed; the one that there was is hashed already. */
function withHashedSecret({ oidc, state }: KoaContextWithOIDC, properties: Properties): Properties {
  const { client_secret: secret } = properties;
  if (secret === undefined || secret === oidc.client?.clientSecret) return properties;
  state.newClientSecret = secret;
  return { ...properties, client_secret: hashClientSecret(secret) };
}

/** Last, so that metadata that is refused costs no token; of parallel registrations one gets through. */
async function spend({ oidc }: KoaContextWithOIDC, tokens: InitialAccessTokens): Promise<void> {
  const token = oidc.entities.InitialAccessToken?.jti;
  if (token !== undefined && !(await tokens.spend(token)))
    throw new errors.InvalidToken('initial access token not found');
}
