/**
 * `npm run bench:enumeration`: can a stranger tell by the time that an answer takes whether a name exists? Known and
 * unknown ones are tried in random order, with production's hashing, at everything that takes a name or a link from a
 * stranger. A small p says that they can be told apart; beside it stands a control, known against known.
 * Argument: tries of each (200).
 */
import { randomBytes, randomInt } from 'node:crypto';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { startKapu } from '../../test/support/kapu.ts';
import { type Answer, Browser } from './http.ts';
import { PASSWORD } from './portal.ts';
import { rankTest } from './rank-test.ts';

const TRIES = Number(process.argv[2] ?? 200);
const REAL = { argon2: { memoryKiB: 19_456, passes: 2, lanes: 1 }, threads: 1 };
const SUSPICIOUS = 0.01;

const kapu = await startKapu({
  hashing: REAL,
  variables: { LOG_LEVEL: 'silent', TRUST_PROXY: '127.0.0.1,::1' },
});

interface Try {
  readonly name: string;
  readonly token: string;
}

/** Each name is tried once and from an address of its own, so that no throttle has its say. */
async function known(withPassword: boolean): Promise<Try> {
  const name = `nev${randomBytes(8).toString('hex')}`;
  const account = { username: name, email: `${name}@example.hu` };
  const made = await kapu.registerAccount(withPassword ? { ...account, password: PASSWORD } : account, {
    by: COMMAND_LINE,
  });
  if (!made.ok) throw new Error(made.because);
  return { name, token: made.activation?.link.split('/').at(-1) ?? '' };
}

function unknown(): Try {
  const name = `nev${randomBytes(8).toString('hex')}`;
  return { name, token: `${randomBytes(18).toString('base64url')}.${randomBytes(32).toString('base64url')}` };
}

const address = () => `2001:db8:${randomInt(65_535).toString(16)}:${randomInt(65_535).toString(16)}::1`;

async function arrived(browser: Browser, path: string): Promise<Answer> {
  const answer = await browser.get(path);
  const { location } = answer.headers;
  return location === undefined ? answer : arrived(browser, location);
}

/** Opens a page, and answers how many milliseconds its form took. */
async function timed(path: string, step: string, fields: Readonly<Record<string, string>>): Promise<number> {
  const browser = new Browser(kapu.issuer, { 'x-forwarded-for': address() });
  const page = await arrived(browser, path);
  const action = new RegExp(`action="([^"]*${step})"`).exec(page.body)?.[1] ?? '';
  const _csrf = /name="_csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
  const begun = performance.now();
  await browser.post(action, { _csrf, ...fields });
  const took = performance.now() - begun;
  await kapu.drain();
  return took;
}

const WAYS: Readonly<Record<string, { withPassword: boolean; take(one: Try): Promise<number> }>> = {
  login: {
    withPassword: true,
    // A page that takes a code, so that there is no choice of methods before the password.
    take: ({ name }) => timed('/account/plus', '/password', { username: name, password: 'nem ez a jelszó' }),
  },
  'forgotten password': {
    withPassword: true,
    take: ({ name }) =>
      timed('/forgotten-password', '/forgotten-password', { username: name, email: `${name}@example.hu` }),
  },
  'activation renewal': {
    withPassword: false,
    take: ({ token }) => timed(`/activation/${token}/renew`, '/renew', {}),
  },
};

/** Fair, so that what the machine does meanwhile falls on both alike. */
function shuffled<T>(all: readonly T[]): T[] {
  const keyed = all.map((one) => ({ one, key: randomInt(2 ** 40) }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ one }) => one);
}

const median = (times: readonly number[]) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
const halves = (times: readonly number[]) =>
  [0, 1].map((half) => times.filter((_, at) => at % 2 === half)) as [number[], number[]];
const say = (line: string) => process.stdout.write(`${line}\n`);

say(`${TRIES} tries of each; p below ${SUSPICIOUS} is suspicious\n`);
let suspicious = false;
for (const [way, { withPassword, take }] of Object.entries(WAYS)) {
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  const people: Try[] = [];
  for (let at = 0; at < TRIES; at += 1) people.push(await known(withPassword));
  await kapu.drain();
  for (let at = 0; at < 20; at += 1) await take(unknown());
  const order = [
    ...people.map((one) => ['known', one] as const),
    ...people.map(() => ['unknown', unknown()] as const),
  ];
  for (const [kind, one] of shuffled(order)) times[kind].push(await take(one));
  const p = rankTest(times.known, times.unknown);
  suspicious ||= p < SUSPICIOUS;
  const medians = `medians ${median(times.known).toFixed(2)} and ${median(times.unknown).toFixed(2)} ms`;
  say(
    `${way.padEnd(20)} p = ${p.toFixed(4)}   control ${rankTest(...halves(times.known)).toFixed(4)}   ${medians}`,
  );
}
await kapu.stop();
process.exit(suspicious ? 1 : 0);
