/** Taking over the accounts of another system, as an operator does it, and handing them out. */
import { randomBytes, scryptSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hashSync as argon2 } from '@node-rs/argon2';
import { hashSync as bcrypt } from '@node-rs/bcrypt';
import { generateSecret } from 'otplib';
import { rowsOf } from '../../scripts/cli/rows.ts';
import { Browser } from '../support/browser.ts';
import { PASSWORD } from '../support/citizen.ts';
import { runCommand, startCommand } from '../support/command-line.ts';
import { newFolder } from '../support/folders.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { sameService } from '../support/process.ts';

const ROWS = 800;

let kapu: TestKapu;
let folder: string;

beforeAll(async () => {
  kapu = await startKapu();
  folder = newFolder('import');
});
afterAll(async () => {
  await kapu.stop();
  rmSync(folder, { recursive: true });
});

const run = (...words: readonly string[]) => runCommand(words, sameService(kapu));

function written(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const refusedRows = (file: string) =>
  readFileSync(`${file}.refused.ndjson`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { line: number; username?: string; reasons: string[] })
    .toSorted((one, other) => one.line - other.line);

function scryptHash(): string {
  const salt = randomBytes(16);
  const hash = scryptSync(PASSWORD, salt, 32, { N: 2 ** 10, r: 8, p: 1 });
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=10,r=8,p=1$${plain(salt)}$${plain(hash)}`;
}

async function logsIn(username: string, password = PASSWORD): Promise<boolean> {
  const browser = new Browser(kapu.issuer);
  await browser.open((await (await Portal.join(kapu)).visit()).url);
  await browser.submit('/method', { method: 'password' });
  await browser.submit('/password', { username, password });
  await kapu.drain();
  return browser.hasForm('/consent');
}

const hashOf = async (username: string) => (await kapu.accounts.findByUsername(username))?.password?.hash;

it('each kind of hash logs its owner in once, and is ours from then on', async () => {
  const hashes = {
    argon: argon2(PASSWORD, { memoryCost: 8, timeCost: 3, parallelism: 1 }),
    older: argon2(PASSWORD, { memoryCost: 64, timeCost: 1, parallelism: 1 }),
    bcrypt: bcrypt(PASSWORD, { cost: 5 }),
    scrypt: scryptHash(),
  };
  const rows = Object.entries(hashes).map(
    ([username, hash]) => `${username},${username}@example.hu,"${hash}"`,
  );
  const file = written('hashes.csv', ['username,email,password_hash', ...rows].join('\r\n'));
  expect(JSON.parse((await run('account', 'import', file, '--json')).stdout)).toEqual({
    imported: 4,
    thereAlready: 0,
    refused: 0,
  });
  for (const [username, hash] of Object.entries(hashes)) {
    expect(await hashOf(username)).toBe(hash);
    expect(await logsIn(username, `${PASSWORD}!`)).toBe(false);
    expect(await hashOf(username)).toBe(hash);
    expect(await logsIn(username)).toBe(true);
    expect(await hashOf(username)).toMatch(/^\$argon2id\$v=19\$m=/);
    expect(await logsIn(username)).toBe(true);
  }
  expect(await hashOf('bcrypt')).toMatch(/m=8,t=1,p=1/);
  expect(await logsIn('nobody-at-all')).toBe(false);
});

it('takes what is good in a file, and tells of each other row where it is and what is wrong', async () => {
  const secret = generateSecret();
  const html = '<script>alert(1)</script>';
  const lines = [
    { username: 'Józsi', email: 'jo@example.hu', family_name: html, totp_secret: secret },
    { username: '=cmd()', email: 'cmd@example.hu' },
    { username: 'plus', email: 'plus@example.hu', given_name: ' @SUM(A1)' },
    {
      username: 'dear',
      email: 'dear@example.hu',
      password_hash: bcrypt(PASSWORD, { cost: 4 }).replace('$04$', '$31$'),
    },
    { username: 'plain', email: 'plain@example.hu', password_hash: PASSWORD },
    { username: 'date', email: 'date@example.hu', birthdate: '1950-02-30' },
    { username: 'number', email: 7 },
  ].map((row) => JSON.stringify(row));
  const bad = ['{"username":', '[]', '{"__proto__":{}}', `{"username":"${'x'.repeat(70_000)}"}`];
  const notUtf8 = Buffer.concat([
    Buffer.from('{"username":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}\n'),
  ]);
  const last = JSON.stringify({
    username: 'végén',
    email: 'vegen@example.hu',
    language: 'en',
    place_of_birth: '',
  });
  const start = `${[...lines, ...bad].join('\n')}\n`;
  const file = written(
    'mixed.ndjson',
    Buffer.concat([Buffer.from(start), notUtf8, Buffer.from(`\n${last}`)]),
  );

  const { code, stdout, stderr } = await run('account', 'import', file, '--json');
  expect(code).toBe(1);
  expect(stderr).not.toContain('\r');
  expect(JSON.parse(stdout)).toMatchObject({ imported: 2, refused: 11 });
  const refused = refusedRows(file);
  expect(refused.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(refused.map(({ reasons }) => reasons.join())).toEqual([
    expect.stringMatching(/^username must not begin like a formula/),
    expect.stringMatching(/^given_name must not begin like a formula/),
    expect.stringMatching(/^password_hash is of a hash that takes too long/),
    expect.stringMatching(/^password_hash must be argon2id, bcrypt or scrypt/),
    expect.stringMatching(/^birthdate must be a real date/),
    'email must be a text',
    'is not valid JSON',
    'is not a JSON object',
    expect.stringMatching(/__proto__/),
    expect.stringMatching(/^is longer than/),
    'is not valid UTF-8',
  ]);
  expect(readFileSync(`${file}.refused.ndjson`, 'utf8')).not.toContain(PASSWORD);
  expect(await kapu.accounts.findByUsername('józsi')).toMatchObject({
    person: { familyName: html },
    authenticators: [{ kind: 'totp' }],
  });
  const quiet = await kapu.accounts.findByUsername('végén');
  expect(quiet).toMatchObject({ language: 'en', person: {} });
  expect(quiet?.password).toBeUndefined();
  expect((await kapu.mails()).join()).not.toContain('vegen@example.hu');
});

it('CSV: quotes, lines within quotes, a missing quote, a wrong number of cells', async () => {
  const file = written(
    'quotes.csv',
    [
      '\ufeffusername,email,family_name',
      'idezo,idezo@example.hu,"Nagy ""Kis"", Nagy"',
      'ketsor,ketsor@example.hu,"Nagy',
      'Kis"',
      'sok,sok@example.hu,Nagy,Kis',
      'rossz,rossz@example.hu,Na"gy',
      ...Array.from({ length: 800 }, (_, i) => `elveszett${i},elveszett@example.hu,Nagy`),
      'utolso,utolso@example.hu,Nagy',
      '',
    ].join('\n'),
  );
  expect((await run('account', 'import', file)).code).toBe(1);
  const refused = refusedRows(file);
  expect(refused).toMatchObject([
    { line: 3, username: 'ketsor', reasons: ['family_name must not hold control characters'] },
    { line: 5, reasons: ['has 4 cells instead of 3'] },
    { line: 6, reasons: [expect.stringMatching(/^is longer than \d+ bytes/)] },
  ]);
  expect(await kapu.accounts.findByUsername('idezo')).toMatchObject({
    person: { familyName: 'Nagy "Kis", Nagy' },
  });
  expect(await kapu.accounts.findByUsername('utolso')).toBeDefined();
});

it('CSV with semicolons, as spreadsheets in Hungarian write it', async () => {
  const file = written(
    'excel.csv',
    '\ufeffusername;email;family_name\r\nexcel;excel@example.hu;"Nagy; Kis, Éva"\r\n',
  );
  const rows = [];
  for await (const row of rowsOf(file, 'csv')) rows.push(row);
  const fields = { username: 'excel', email: 'excel@example.hu', family_name: 'Nagy; Kis, Éva' };
  expect(rows).toEqual([{ line: 2, fields }]);
});

it.each([
  ['csv', 'username,email,pasword_hash\nelirt,elirt@example.hu,x\n'],
  ['ndjson', '{"username":"elirt","email":"elirt@example.hu"}\n{"username":"b","pasword_hash":"x"}\n'],
])('an unknown field in %s is named before anything is written', async (format, content) => {
  const file = written(`unknown.${format}`, content);
  const { code, stdout } = await run('account', 'import', file, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    error: 'unknown-field',
    message: expect.stringContaining('"pasword_hash"'),
  });
  expect(await kapu.accounts.findByUsername('elirt')).toBeUndefined();
});

it('interrupted, killed in the middle and run again, it completes the file; each account is there once', async () => {
  const rows = Array.from({ length: ROWS }, (_, i) => `sor${i},sor${i}@example.hu,Nagy`);
  const file = written('many.csv', ['username,email,family_name', ...rows].join('\n'));
  async function stopped(signal: 'SIGINT' | 'SIGKILL', at: string): Promise<string> {
    const child = startCommand(['account', 'import', file, '--json'], sameService(kapu));
    const gone = once(child, 'exit');
    const said = text(child.stdout);
    while (child.exitCode === null && !(await kapu.accounts.findByUsername(at))) await pause(5);
    child.kill(signal);
    await gone;
    return said;
  }
  // Ctrl-C: what is under way is done, and the counts are true.
  const told = JSON.parse(await stopped('SIGINT', 'sor50'));
  const there = await kapu.accounts.list({ after: 'sor', limit: 2 * ROWS });
  expect(told).toMatchObject({ interrupted: true, thereAlready: 0, refused: 0 });
  expect(there.filter(({ username }) => /^sor\d+$/.test(username))).toHaveLength(told.imported);
  await stopped('SIGKILL', 'sor350');
  expect(await kapu.accounts.findByUsername(`sor${ROWS - 1}`)).toBeUndefined();

  const { stdout } = await run('account', 'import', file, '--json');
  const { imported, thereAlready, refused } = JSON.parse(stdout);
  expect({ all: imported + thereAlready, refused }).toEqual({ all: ROWS, refused: 0 });
  expect(thereAlready).toBeGreaterThan(100);
  const owners = await kapu.accounts.list({ after: 'sor', limit: 2 * ROWS });
  expect(new Set(owners.map(({ id }) => id)).size).toBe(owners.length);
  expect(owners.filter(({ username }) => /^sor\d+$/.test(username))).toHaveLength(ROWS);

  const other = written('other.csv', 'username,email\nsor1,somebody-else@example.hu\n');
  expect((await run('account', 'import', other)).code).toBe(1);
  expect(refusedRows(other)).toMatchObject([{ line: 2, reasons: ['username is taken by another account'] }]);
  expect(await kapu.accounts.findByUsername('sor1')).toMatchObject({ email: 'sor1@example.hu' });
});

it('the export holds no hash and no secret, and no cell that a spreadsheet would run', async () => {
  const account = await kapu.accounts.findByUsername('józsi');
  await kapu.accounts.update(account!.id, (current) => ({
    account: { ...current, person: { ...current.person, givenName: '=HYPERLINK("http://evil.example")' } },
    result: undefined,
  }));
  const [csv, ndjson] = await Promise.all([
    run('account', 'export'),
    run('account', 'export', '--format', 'ndjson'),
  ]);
  expect(csv.stdout).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
  const rows = ndjson.stdout.trim().split('\n');
  expect(rows).toHaveLength(csv.stdout.trim().split('\r\n').length - 1);
  expect(rows.length).toBeGreaterThan(ROWS);
  expect(rows.map((row) => JSON.parse(row))).toContainEqual(
    expect.objectContaining({
      username: 'józsi',
      given_name: '=HYPERLINK("http://evil.example")',
      devices: 1,
    }),
  );
  for (const secret of ['$argon2', '$2b$', '$scrypt', account!.authenticators[0]!.secret.data])
    expect(csv.stdout + ndjson.stdout).not.toContain(secret);
  expect((await run('account', 'export', '--json')).code).toBe(2);
});
