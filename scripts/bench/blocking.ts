/**
 * `npm run bench:blocking`: every page, asked for by who may see it, one at a time and six times over; prints those that
 * took the event loop's thread more than 5 ms of its core: the first time, and the median of the others. It may do that in
 * several steps, so none kept others waiting for longer. On Linux.
 */
import { once } from 'node:events';
import { generateSync } from 'otplib';
import { Browser } from '../../test/support/browser.ts';
import type { Walkable, Who } from './blocking-server.ts';
import { PASSWORD } from './portal.ts';
import { start } from './processes.ts';
import { quantilesOf } from './quantiles.ts';

const ROUNDS = 6;
const LONG_MS = 5;
const WEAK = 'jelszó12345';

const child = start('blocking-server');
const heard = async <T>(): Promise<T> => (await once(child, 'message'))[0] as T;
const { issuer, clientId, accountIds, totpSecret, paths } = await heard<Walkable>();

/** Staff by a code as well; the person, who comes again and again, has none. */
async function loggedIn(username: Who): Promise<Browser> {
  const browser = new Browser(issuer);
  const method = username === 'person' ? 'password' : 'totp';
  await browser.open('/account');
  await browser.submit('/method', { method });
  await browser.submit('/password', { username, password: PASSWORD });
  if (method === 'totp') await browser.submit('/code', { code: generateSync({ secret: totpSecret }) });
  if (browser.page.path !== '/account') throw new Error(`${username} is not logged in:\n${browser.text}`);
  return browser;
}

const workedMs = async (): Promise<number> => {
  child.send('how long');
  return heard<number>();
};

const took = new Map<string, number[]>();
async function timed(name: string, act: () => Promise<unknown>): Promise<void> {
  const before = await workedMs();
  await act();
  took.set(name, [...(took.get(name) ?? []), (await workedMs()) - before]);
}

/** Whose page it is; nobody's are those that need a link of a mail, a login under way, or that end the session. */
function visitorOf(path: string): Who | undefined {
  if (/:token|:uid|logout/.test(path)) return undefined;
  if (path === '/admin/accounts/new') return 'operator';
  return path.startsWith('/admin') ? 'admin' : 'person';
}

const filled = (path: string) =>
  path
    .replace('/clients/:id', `/clients/${clientId}`)
    .replace('/accounts/:id', `/accounts/${accountIds.person}`)
    .replace(':kind', 'web');

const browsers = {
  admin: await loggedIn('admin'),
  operator: await loggedIn('operator'),
  person: await loggedIn('person'),
};

for (let round = 0; round < ROUNDS; round += 1) {
  await timed('a login', () => loggedIn('person'));
  await timed('a refused password', async () => {
    await browsers.person.open('/account/password');
    await browsers.person.submit('/account/password', { password: PASSWORD, new_password: WEAK });
  });
  for (const path of paths) {
    const visitor = visitorOf(path);
    if (visitor) await timed(path, () => browsers[visitor].open(filled(path)));
  }
}

for (const [name, [first = 0, ...later]] of took) {
  const usual = quantilesOf(later)(0.5);
  if (Math.max(first, usual) > LONG_MS)
    process.stdout.write(`${name.padEnd(48)} ${first.toFixed(1)} ms at first, then ${usual.toFixed(1)}\n`);
}
process.stdout.write(`${took.size} pages and acts\n`);
child.disconnect();
