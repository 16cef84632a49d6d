/**
 * Kapu under measurement, on Redis, in a process of its own. Arguments: the address of Redis, `cheap` or `real` hashing or `paced` for real
 * hashing with logins held up at the door, and as JSON what is set beside that.
 */
import { availableParallelism, devNull } from 'node:os';
import { hash } from '@node-rs/argon2';
import { generateSecret } from 'otplib';
import { pino } from 'pino';
import { storedConsents } from '../../adapters/consents.ts';
import { entrance } from '../../adapters/entrance.ts';
import type { Store } from '../../adapters/store.ts';
import { systemClock } from '../../adapters/system.ts';
import { hashThreads } from '../../config/env.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { startKapu } from '../../test/support/kapu.ts';
import type { Person } from './journeys.ts';
import { serveMeasured } from './measured.ts';
import { PASSWORD, registeredPortal } from './portal.ts';
import { countWaits } from './waits.ts';

/** Fewer than may wait for the hasher. */
const REGISTERED_AT_ONCE = 8;
const FILLED_AT_ONCE = 50;
/** What production takes at least, on as many threads as it takes by itself. */
const REAL = {
  argon2: { memoryKiB: 19_456, passes: 2, lanes: 1 },
  threads: hashThreads(availableParallelism(), 1),
};

const stranger = (number: number, passwordHash: string) => ({
  username: `polgar${number}`,
  email: `polgar${number}@example.hu`,
  passwordHash,
  totpSecret: generateSecret(),
  person: {
    familyName: 'Kovács',
    givenName: `Anna ${number}`,
    birthdate: '1950-02-03',
    mothersBirthName: 'Szabó Éva',
  },
});

await serveMeasured(async () => {
  const [, , redisUrl = '', hashing, variables = '{}'] = process.argv;
  let counted: ReturnType<typeof countWaits> | undefined;
  let store: Store | undefined;
  const kapu = await startKapu({
    redisUrl,
    variables: JSON.parse(variables),
    logTo: pino.destination(devNull),
    ...(hashing !== 'cheap' && { hashing: REAL }),
    ...(hashing === 'paced' && { entranceFor: (hasher, turns) => entrance({ hasher, turns }) }),
    wrapStore(opened) {
      store = opened;
      counted = countWaits(opened);
      return counted;
    },
  });
  const relying = await registeredPortal(kapu);
  const { clientId } = relying;
  const consents = store && storedConsents(store, systemClock);
  let born = 0;
  let filled = 0;

  async function person(enrolled: boolean): Promise<Person> {
    born += 1;
    const username = `bench${process.pid}x${born}`;
    const who = { username, password: PASSWORD, ...(enrolled && { totpSecret: generateSecret() }) };
    const email = `${username}@example.hu`;
    const made = await kapu.registerAccount({ ...who, email }, { by: COMMAND_LINE });
    if (!made.ok) throw new Error(`not registered: ${made.because}`);
    const at = Date.now();
    const consent = { clientId, scopes: ['openid', 'email', 'offline_access'], claims: [], givenAt: at };
    await consents?.give(made.account.id, consent, { kind: 'consent-given', at });
    return who;
  }

  async function people(count: number, enrolled: boolean): Promise<Person[]> {
    const born: Person[] = [];
    while (born.length < count) {
      const few = Math.min(REGISTERED_AT_ONCE, count - born.length);
      born.push(...(await Promise.all(Array.from({ length: few }, () => person(enrolled)))));
    }
    return born;
  }

  async function fill(count: number): Promise<void> {
    // Made as in production, for what it takes in the store.
    const { memoryKiB: memoryCost, passes: timeCost, lanes: parallelism } = REAL.argon2;
    const passwordHash = await hash(PASSWORD, { memoryCost, timeCost, parallelism, outputLen: 16 });
    const until = filled + count;
    const hand = async () => {
      while (filled < until) {
        filled += 1;
        await kapu.importAccount(stranger(filled, passwordHash), { by: COMMAND_LINE });
      }
    };
    await Promise.all(Array.from({ length: FILLED_AT_ONCE }, hand));
  }

  return {
    relying,
    people,
    fill,
    counts: () => ({ waits: counted?.waits() ?? 0, commands: counted?.commands() ?? 0 }),
  };
});
