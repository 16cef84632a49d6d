/** The portal that people of a measurement log in at, and the password that they all have. */
import type { TestKapu } from '../../test/support/kapu.ts';
import type { Relying } from './journeys.ts';

export const PASSWORD = 'korrekt ló elem kapocs';
const REDIRECT_URI = 'https://portal.example.hu/callback';

export async function registeredPortal({
  issuer,
  registerClient,
}: Pick<TestKapu, 'issuer' | 'registerClient'>): Promise<Relying> {
  const registered = await registerClient({
    client_name: 'Bench',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
  });
  if (!registered.ok) throw new Error(`the client was not registered: ${registered.detail}`);
  return {
    issuer,
    clientId: registered.metadata.client_id,
    clientSecret: String(registered.secret),
    redirectUri: REDIRECT_URI,
    scope: 'openid email',
  };
}
