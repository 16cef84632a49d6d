/** Registers a portal and its people with what two instances will be started with, and lets go of the store again. */
import { generateSecret } from 'otplib';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { startKapu } from '../../test/support/kapu.ts';
import type { Person, Relying } from './journeys.ts';

const REDIRECT_URI = 'https://portal.example.hu/callback';
const PASSWORD = 'korrekt ló elem kapocs';

export async function registered(
  variables: Readonly<Record<string, string>>,
  count: number,
): Promise<{ readonly relying: Relying; readonly people: readonly Person[] }> {
  const kapu = await startKapu({ variables });
  const portal = await kapu.registerClient({
    client_name: 'Bench',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
  });
  if (!portal.ok) throw new Error(`the client was not registered: ${portal.detail}`);
  const people: Person[] = [];
  while (people.length < count) {
    const username = `soak${people.length}`;
    const person = { username, password: PASSWORD, totpSecret: generateSecret() };
    const email = `${username}@example.hu`;
    const made = await kapu.registerAccount({ ...person, email }, { by: COMMAND_LINE });
    if (!made.ok) throw new Error(`not registered: ${made.because}`);
    people.push(person);
  }
  const relying = {
    issuer: kapu.issuer,
    clientId: portal.metadata.client_id,
    clientSecret: String(portal.secret),
    redirectUri: REDIRECT_URI,
    scope: 'openid email',
  };
  await kapu.stop();
  return { relying, people };
}
