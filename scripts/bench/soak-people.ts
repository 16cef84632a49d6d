/** Registers a portal and its people with what two instances will be started with, and lets go of the store again. */
import { generateSecret } from 'otplib';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { startKapu } from '../../test/support/kapu.ts';
import type { Person, Relying } from './journeys.ts';
import { PASSWORD, registeredPortal } from './portal.ts';

export async function registered(
  variables: Readonly<Record<string, string>>,
  count: number,
): Promise<{ readonly relying: Relying; readonly people: readonly Person[] }> {
  const kapu = await startKapu({ variables });
  const relying = await registeredPortal(kapu);
  const people: Person[] = [];
  while (people.length < count) {
    const username = `soak${people.length}`;
    const person = { username, password: PASSWORD, totpSecret: generateSecret() };
    const email = `${username}@example.hu`;
    const made = await kapu.registerAccount({ ...person, email }, { by: COMMAND_LINE });
    if (!made.ok) throw new Error(`not registered: ${made.because}`);
    people.push(person);
  }
  await kapu.stop();
  return { relying, people };
}
