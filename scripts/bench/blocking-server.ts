/** Kapu for `blocking.ts`, in a process of its own, with staff, people and portals; it says how long its event loop worked. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { generateSecret } from 'otplib';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { startKapu } from '../../test/support/kapu.ts';
import { PASSWORD, registeredPortal } from './portal.ts';

export interface Walkable {
  readonly issuer: string;
  readonly clientId: string;
  readonly accountIds: Readonly<Record<Who, string>>;
  readonly totpSecret: string;
  /** Paths of pages, with `:id` and the like in them. */
  readonly paths: readonly string[];
}

export type Who = 'admin' | 'operator' | 'person';

const PORTALS = 150;
/** For what an answer leaves to be done. */
const SETTLING_MS = 30;

/** Milliseconds that the main thread was on a core, by Linux: whoever else wants it does not count. */
const workedMs = () => Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[0]) / 1e6;

const kapu = await startKapu({ logTo: { write: () => true } });
const totpSecret = generateSecret();

async function account(username: Who): Promise<string> {
  const staff = username !== 'person';
  const born = {
    username,
    password: PASSWORD,
    email: `${username}@example.hu`,
    ...(staff && { totpSecret }),
  };
  const person = { familyName: 'Kovács', givenName: 'Anna', birthdate: '1950-02-03' };
  const made = await kapu.registerAccount({ ...born, person }, { by: COMMAND_LINE });
  if (!made.ok) throw new Error(`not registered: ${made.because}`);
  if (staff) await kapu.staffRoles.give(made.account.id, username, { by: COMMAND_LINE });
  return made.account.id;
}

const { clientId } = await registeredPortal(kapu);
for (let portals = 0; portals < PORTALS; portals += 1) await registeredPortal(kapu);
const accountIds = {
  admin: await account('admin'),
  operator: await account('operator'),
  person: await account('person'),
};
await kapu.drain();
await kapu.warmUp();

process.on('message', async () => {
  await pause(SETTLING_MS);
  process.send?.(workedMs());
});
process.on('disconnect', () => process.exit(0));

const paths = kapu.routes().flatMap(({ path, methods }) => (methods.includes('GET') ? [path] : []));
process.send?.({ issuer: kapu.issuer, clientId, accountIds, totpSecret, paths } satisfies Walkable);
