/** The command line as an operator runs it: processes beside a server on the same data. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSecret } from 'otplib';
import { z } from 'zod';
import { openEngine } from '../../adapters/open-store.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import type { Key } from '../../adapters/store.ts';
import type { Authenticator } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { secretContext } from '../../provider/flows/authenticators.ts';
import { historyLineShape } from '../../provider/pages/admin-api/history-shapes.ts';
import { Browser } from '../support/browser.ts';
import { PASSWORD } from '../support/citizen.ts';
import { runCommand } from '../support/command-line.ts';
import { newFolder } from '../support/folders.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { freePort } from '../support/ports.ts';
import { sameService } from '../support/process.ts';

const REDIRECT_URI = 'https://cli.example.hu/callback';
const PLAIN_LINE = /^kapu: [^\n]+\n$/;

let kapu: TestKapu;

beforeAll(async () => {
  kapu = await startKapu();
});
afterAll(() => kapu.stop());

const run = (words: readonly string[], { stdin = '', ...variables }: Record<string, string> = {}) =>
  runCommand(words, { ...sameService(kapu), ...variables }, stdin);

/** What another process did is seen within a second; a busy machine takes longer. */
async function until(seen: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await seen())) {
    if (performance.now() > deadline) throw new Error('not seen');
    await pause(50);
  }
}

/** A start of a login at the client, without a library that would need its secret. */
function requestOf(clientId: string): string {
  const request = new URLSearchParams({
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWBuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  return `/auth?${request}`;
}

it('an account that it adds can log in at once, and its secrets are never printed', async () => {
  const totpSecret = generateSecret();
  const words = ['--username', 'Piroska', '--password', PASSWORD, '--email', 'piroska@example.hu'];
  const added = await run(['--json', 'account', 'add', ...words, '--totp-secret', totpSecret]);
  expect(added.code).toBe(0);
  expect(JSON.parse(added.stdout)).toMatchObject({ username: 'piroska', authenticators: [{ kind: 'totp' }] });

  const browser = new Browser(kapu.issuer);
  await browser.open((await (await Portal.join(kapu)).visit()).url);
  await browser.submit('/method', { method: 'password' });
  await browser.submit('/password', { username: 'piroska', password: PASSWORD });
  expect(browser.hasForm('/consent')).toBe(true);

  const [list, show] = await Promise.all([
    run(['account', 'list', '--json']),
    run(['account', 'show', 'PIROSKA']),
  ]);
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(list.stdout)).toEqual([expect.objectContaining({ email: 'piroska@example.hu' })]);
  expect(show).toMatchObject({ code: 0, stderr: '' });
  expect(show.stdout).toMatch(/^username: +piroska$/m);

  const account = await kapu.accounts.findByUsername('piroska');
  const { hash } = account!.password!;
  const { data, iv } = account!.authenticators[0]!.secret;
  for (const secret of [hash, data, iv, totpSecret, PASSWORD, 'argon2'])
    expect(added.stdout + list.stdout + show.stdout).not.toContain(secret);
});

it('verifies histories, prints them as filtered, and names what was tampered with', async () => {
  const words = ['--username', 'mari', '--password', PASSWORD, '--email', 'mari@example.hu'];
  expect(await run(['account', 'add', ...words])).toMatchObject({ code: 0 });
  const account = await kapu.accounts.findByUsername('mari');
  const id = account?.id ?? '';
  const [verified, printed, none, wrong, everything] = await Promise.all([
    run(['history', 'verify', '--json']),
    run(['history', 'export', '--account', 'mari', '--outcome', 'accepted']),
    run(['history', 'export', '--account', 'mari', '--to', '2000-01-01']),
    run(['history', 'export', '--from', 'yesterday']),
    run(['history', 'export']),
  ]);
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({ unchained: 0, findings: 0, found: [] });
  const lines = printed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ history: 'account', account_id: id, seq: 1, kind: 'account-created' });
  const promised = z.strictObject(historyLineShape.shape);
  const all = everything.stdout.trim().split('\n');
  const told = all.map((line) => promised.parse(JSON.parse(line)));
  expect(new Set(told.map(({ history }) => history))).toEqual(new Set(['account', 'client', 'journal']));
  expect(told.find(({ history }) => history === 'client')).toMatchObject({ kind: 'registered', revision: 1 });
  expect(printed.stdout).not.toMatch(/argon2|"mac"/);
  expect(none).toMatchObject({ code: 0, stdout: '' });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(PLAIN_LINE) });
  expect(await run(['history', 'trim'])).toMatchObject({ code: 0 });

  await forged({ partition: `account:${id}`, name: 'history' });
  const tampered = await run(['history', 'verify']);
  expect(tampered.code).toBe(1);
  expect(tampered.stdout).toContain(`account:${id}/history`);
  expect(tampered.stdout).toMatch(/unchained/);

  await stripped({ partition: `account:${id}`, name: 'history' });
  const rewritten = await run(['history', 'verify']);
  expect(rewritten.code).toBe(1);
  expect(rewritten.stdout).toContain(`account:${id}/history`);
});

/** Made to look like a history from before there were chains. */
async function stripped({ partition, name: stream }: Key): Promise<void> {
  const engine = await openEngine({ dataDir: kapu.env.dataDir, clock: Date });
  const value = { kind: 'account-created', at: 1 };
  await engine.commit(partition, [
    { kind: 'append', stream, value, keep: 1 },
    { kind: 'remove', name: `chain:${stream}` },
  ]);
  await engine.close();
}

/** By somebody who has the store and no key. */
async function forged({ partition, name: stream }: Key): Promise<void> {
  const engine = await openEngine({ dataDir: kapu.env.dataDir, clock: Date });
  const value = { kind: 'password-changed', at: Date.now() };
  await engine.commit(partition, [{ kind: 'append', stream, value, keep: 1000 }]);
  await engine.close();
}

it('an id that begins with a hyphen, as one in 64 does, is no option, and a slip in an option no id', async () => {
  const [shown, removed, slip] = await Promise.all([
    run(['client', 'show', '-nobody']),
    run(['client', 'remove', '--nobody']),
    run(['keys', 'retire', '-nobody', '--nwo']),
  ]);
  for (const unknown of [shown, removed])
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringMatching(/^kapu: there is no client/) });
  expect(slip.code).toBe(2);
});

it('shows what the outbox gave up, sends it again and drops it, and never opens it', async () => {
  const secret = 'https://login.example.hu/activation/secret';
  await kapu.outbox.put({ lane: 'mail/0', id: 'lost', about: 'activation', body: { secret }, giveUpAt: 0 });
  await kapu.drain();
  const list = await run(['outbox', 'list']);
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toMatch(/^mail\/0\/lost +activation +\S+ +1 +TypeError$/m);
  const retry = await run(['outbox', 'retry', 'mail/0/lost', '--json']);
  expect(JSON.parse(retry.stdout)).toEqual({ id: 'mail/0/lost', queued: true });
  expect(await kapu.outbox.dead()).toEqual([]);
  await kapu.drain();
  expect(await run(['outbox', 'drop', 'mail/0/lost'])).toMatchObject({ code: 0 });
  expect(await kapu.outbox.dead()).toEqual([]);
  const again = await run(['outbox', 'drop', 'mail/0/lost']);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(PLAIN_LINE) });
  expect(list.stdout + retry.stdout).not.toContain('secret');
  const noted = await run(['history', 'export', '--kind', 'letters-dropped']);
  // Its number shows that it was chained.
  expect(JSON.parse(noted.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    seq: expect.any(Number),
    letter: 'mail/0/lost',
    by: { kind: 'command-line' },
  });
});

it('a client that it adds is served at once, and one that it removes is not', async () => {
  const metadata = { client_id: 'cli', redirect_uris: [REDIRECT_URI], favourite_colour: 'green' };
  const added = await run(['client', 'add', '--file', '-', '--json'], { stdin: JSON.stringify(metadata) });
  expect(added.code).toBe(0);
  const document = JSON.parse(added.stdout);
  expect(document).toMatchObject({ client_id: 'cli', ignored: ['favourite_colour'] });
  expect(document.client_secret).toMatch(/^[\w-]{22,}$/);
  expect(JSON.stringify(await kapu.clients.find('cli'))).not.toContain(document.client_secret);

  const page = await new Browser(kapu.issuer).open(requestOf('cli'));
  expect(page).toMatchObject({ status: 200, path: expect.stringMatching(/^\/interaction\//) });

  const exported = await run(['client', 'export']);
  expect(exported.code).toBe(0);
  expect(exported.stdout).not.toContain('secret');
  const lines = exported.stdout.trim().split('\n');
  const line = JSON.parse(lines.find((one) => one.includes('"client_id":"cli"')) ?? '');
  const moved = { ...line, client: { ...line.client, client_id: 'moved' } };
  const renamed = { ...line, client: { ...line.client, client_name: 'Portál' } };
  const hostile = {
    ...moved,
    client: { ...moved.client, client_id: 'bad', redirect_uris: ['http://a.example/'] },
  };
  const known = { ...moved, client: { ...moved.client, client_secret: 'x'.repeat(30) } };
  const file = path.join(newFolder('clients'), 'clients.ndjson');
  const rows = [line, moved, renamed, hostile, known, { ...moved, owners: ['x'] }].map((row) =>
    JSON.stringify(row),
  );
  writeFileSync(file, `${rows.join('\n')}\n{"client":\n`);
  const imported = await run(['client', 'import', file, '--json']);
  expect(imported.code).toBe(1);
  const outcomes = JSON.parse(imported.stdout) as { outcome: string; client_secret?: string }[];
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    ...['unchanged', 'added', 'changed', 'refused', 'refused', 'refused', 'refused'],
  ]);
  expect(outcomes[1]?.client_secret).toMatch(/^[\w-]{22,}$/);
  expect(outcomes[1]?.client_secret).not.toBe(document.client_secret);
  expect((await kapu.clients.record('moved'))?.metadata.redirect_uris).toEqual([REDIRECT_URI]);

  const removed = await run(['client', 'remove', 'cli', '--json']);
  expect(removed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(removed.stdout)).toEqual({ client_id: 'cli', removed: true });
  const refused = { status: 400, path: requestOf('cli') };
  await until(async () => {
    const { status, path } = await new Browser(kapu.issuer).open(requestOf('cli'));
    return status === refused.status && path === refused.path;
  });
});

it('a wrong command line is exit code 2, a line on standard error and, when asked for, a document', async () => {
  const words = ['--username', 'x', '--password', PASSWORD, '--email', 'nowhere', '--json'];
  const { code, stdout, stderr } = await run(['account', 'add', ...words]);
  expect(code).toBe(2);
  expect(stderr).toMatch(PLAIN_LINE);
  expect(stderr).toContain('--username must have 3 to 100 characters; --email must be an e-mail address');
  expect(JSON.parse(stdout)).toEqual({ error: 'usage', message: stderr.replace(/^kapu: |\n$/g, '') });
});

it('issues an initial access token that the running server knows, and withdraws it', async () => {
  const issued = await run(['--json', 'token', 'issue', '--hosts', 'cli.example.hu', '--level', 'low']);
  expect(issued.code).toBe(0);
  const { token, id } = JSON.parse(issued.stdout);
  const register = () =>
    fetch(`${kapu.issuer}/reg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://elsewhere.example.hu/'] }),
    });
  expect((await register()).status).toBe(400);
  const listed = await run(['token', 'list']);
  expect(listed.stdout).toContain(id);
  expect(listed.stdout).not.toContain(token);
  expect(await run(['token', 'withdraw', id])).toMatchObject({ code: 0, stdout: `Withdrew ${id}.\n` });
  expect((await register()).status).toBe(401);
});

describe('keys', () => {
  const kidsServed = async () =>
    ((await (await fetch(`${kapu.issuer}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(
      ({ kid }) => kid,
    );

  it('rotate, retire and list are seen by the running server at once', async () => {
    const rotated = await run(['keys', 'rotate', '--alg', 'EdDSA', '--json']);
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    const { signingKeys } = JSON.parse(rotated.stdout);
    const published = signingKeys.find(({ state }: { state: string }) => state === 'published');
    expect(published).toMatchObject({ alg: 'EdDSA', publishedAt: expect.any(String) });
    await until(async () => (await kidsServed()).includes(published.kid));

    const taken = await run(['keys', 'retire', published.kid]);
    expect(taken).toMatchObject({ code: 0, stderr: '' });
    await until(async () => !(await kidsServed()).includes(published.kid));
    expect(await run(['keys', 'retire', '-nobody'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(PLAIN_LINE),
    });
    expect(await run(['keys', 'rotate', '--alg', 'HS256'])).toMatchObject({ code: 2 });
  });

  it('reseal lets an old key of SECRET_KEYS go, and list says when', async () => {
    const secret = generateSecret();
    const words = ['--username', 'ilona', '--password', PASSWORD, '--email', 'ilona@example.hu'];
    expect((await run(['account', 'add', ...words, '--totp-secret', secret])).code).toBe(0);
    const older = sameService(kapu).SECRET_KEYS ?? '';
    const newer = randomBytes(32).toString('base64url');
    const both = { SECRET_KEYS: `${newer},${older}` };
    const placesOf = async (variables: Record<string, string>) => {
      const { code, stdout } = await run(['keys', 'list', '--json'], variables);
      const { secretKeys } = JSON.parse(stdout);
      return {
        code,
        keys: secretKeys.map(({ place, seals }: { place: string; seals: object }) => [place, seals]),
      };
    };
    const sealed = { accounts: expect.any(Number), 'signing keys': 4 };
    expect(await placesOf(both)).toEqual({
      code: 0,
      keys: [
        ['newest', {}],
        ['older', expect.objectContaining(sealed)],
      ],
    });
    expect(await placesOf({ SECRET_KEYS: newer })).toMatchObject({
      code: 1,
      keys: [
        ['newest', {}],
        ['missing', {}],
      ],
    });

    const done = await run(['keys', 'reseal', '--json'], both);
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('4 sealed anew') });
    expect(await placesOf(both)).toEqual({
      code: 0,
      keys: [
        ['newest', expect.objectContaining(sealed)],
        ['older', {}],
      ],
    });
    const account = await kapu.accounts.findByUsername('ilona');
    const [{ id, secret: anew }] = account!.authenticators as [Authenticator];
    const box = secretBox([Buffer.from(newer, 'base64url')], () => {});
    expect(box.open(anew, secretContext(account!.id, id))).toBe(secret);

    const back = await run(['keys', 'reseal', '--json'], { SECRET_KEYS: `${older},${newer}` });
    expect(back.code).toBe(0);
    expect(done.stdout + back.stdout + done.stderr).not.toContain(anew.data);
  });
});

describe('check', () => {
  it('is exit code 0 where all is well; where a password alone opens portals it takes 15 characters', async () => {
    await Portal.join(kapu);
    const { code, stdout, stderr } = await run(['check', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      findings: [
        { subject: 'configuration' },
        { subject: 'store', detail: expect.stringContaining('embedded') },
        { subject: 'signing keys', detail: expect.stringContaining('EdDSA for 0 days') },
        { subject: 'passwords', detail: expect.stringMatching(/^15 characters at least, \d portal/) },
      ],
    });
    const decided = await run(['check'], { PASSWORD_MIN_LENGTH: '8' });
    expect(decided.code).toBe(0);
    expect(decided.stdout).toMatch(/^NOTE +passwords: 8 .* leave PASSWORD_MIN_LENGTH unset, or set 15$/m);
  });

  it('is exit code 1 where Redis does not answer, says why, and tells no password', async () => {
    const address = `127.0.0.1:${await freePort('127.0.0.1')}`;
    const { code, stdout, stderr } = await run(['check'], { REDIS_URL: `redis://kapu:hush@${address}` });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^ok +configuration: /m);
    expect(stdout).toMatch(/^WRONG +store: .*: connect ECONNREFUSED /m);
    expect(stdout).toContain(address);
    expect(stdout).not.toContain('hush');
  });
});

it('staff and desk: roles, the last admin, a lock with its reason', async () => {
  const born = (username: string) =>
    kapu.registerAccount(
      { username, password: PASSWORD, email: `${username}@example.hu` },
      { by: COMMAND_LINE },
    );
  await Promise.all([born('fonok'), born('ugyfel')]);
  expect(await run(['account', 'role', 'add', 'fonok', 'admin'])).toMatchObject({ code: 0 });
  const [taken, strange, locked, list] = await Promise.all([
    run(['--json', 'account', 'role', 'remove', 'fonok', 'admin']),
    run(['account', 'role', 'add', 'fonok', 'god']),
    run(['account', 'lock', 'ugyfel', '--why', 'kérte']),
    run(['account', 'role', 'list', '--json']),
  ]);
  expect(JSON.parse(taken.stdout)).toMatchObject({ error: 'last-admin' });
  expect(strange.code).toBe(2);
  expect(locked).toMatchObject({ code: 0 });
  expect(JSON.parse(list.stdout)).toEqual([expect.objectContaining({ role: 'admin', username: 'fonok' })]);
  const account = await kapu.accounts.findByUsername('ugyfel');
  expect(account?.status).toBe('locked');
  const [event] = await kapu.history.of(account?.id ?? '', 1);
  expect(event).toMatchObject({ kind: 'account-locked', by: COMMAND_LINE, why: 'kérte' });
  expect((await run(['account', 'lock', 'fonok'])).stderr).toContain('take the role away first');
});
