/** `account export`: everybody, on standard output, without hashes and secrets. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { storedAccounts } from '../../adapters/accounts.ts';
import { systemClock } from '../../adapters/system.ts';
import type { Account } from '../../provider/core/account.ts';
import type { Accounts } from '../../provider/flows/ports.ts';
import { type Answer, Problem } from './answer.ts';
import { withStore } from './opened.ts';

const PAGE = 500;

export async function exportAccounts(
  { format }: { readonly format: string },
  command: Command,
): Promise<Answer> {
  if (format !== 'csv' && format !== 'ndjson') throw new Problem('usage', '--format must be csv or ndjson');
  if (command.optsWithGlobals<{ json?: boolean }>().json)
    throw new Problem('usage', 'an export is no single JSON document; --format ndjson has one in each line');
  await withStore(async ({ store }) => {
    if (format === 'csv') await written(`${COLUMNS.join(',')}\r\n`);
    for await (const page of pages(storedAccounts(store, systemClock)))
      await written(page.map((account) => LINES[format](exported(account))).join(''));
  });
  return { document: null, text: '' };
}

async function* pages(accounts: Accounts): AsyncGenerator<Account[]> {
  let after: string | undefined;
  do {
    const page = await accounts.list({ limit: PAGE, ...(after !== undefined && { after }) });
    yield page.filter(({ status }) => status !== 'closed');
    after = page.at(-1)?.username;
  } while (after !== undefined);
}

/** Waits for whoever reads. */
async function written(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Named field by field, so that a new secret stays unseen. */
function exported({ username, email, language, status, roles, person, authenticators, createdAt }: Account) {
  return {
    username,
    email,
    family_name: person.familyName,
    given_name: person.givenName,
    birth_family_name: person.birthFamilyName,
    birth_given_name: person.birthGivenName,
    birthdate: person.birthdate,
    place_of_birth: person.placeOfBirth,
    mothers_birth_name: person.mothersBirthName,
    language,
    status,
    roles: roles.join(' '),
    devices: authenticators.length,
    created_at: new Date(createdAt).toISOString(),
  };
}

type Exported = ReturnType<typeof exported>;

const COLUMNS = [
  'username',
  'email',
  'family_name',
  'given_name',
  'birth_family_name',
  'birth_given_name',
  'birthdate',
  'place_of_birth',
  'mothers_birth_name',
  'language',
  'status',
  'roles',
  'devices',
  'created_at',
] as const satisfies (keyof Exported)[];

const LINES: Readonly<Record<'csv' | 'ndjson', (account: Exported) => string>> = {
  csv: (account) => `${COLUMNS.map((column) => cell(String(account[column] ?? ''))).join(',')}\r\n`,
  ndjson: (account) => `${JSON.stringify(account)}\n`,
};

/** Formulas would run in the spreadsheet that opens the file: an apostrophe makes them text. */
function cell(text: string): string {
  const harmless = /^\s*[=+\-@]|^[\t\r]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
