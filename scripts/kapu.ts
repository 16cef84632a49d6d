/** The command line: accounts, clients, tokens and a check of the installation. It works while the server runs. */
import { Command, CommanderError } from 'commander';
import { EnvError } from '../config/env.ts';
import { StoreUnavailable } from '../provider/flows/ports.ts';
import { type Answer, Problem } from './cli/answer.ts';

const ABOUT_JSON = `
With --json (before or after the command) standard output holds one JSON document and nothing else:
the answer or, when something failed, { "error": <code>, "message": <text> }. The message is on
standard error too. The exit code is 0, or 1 for a failure, or 2 for a mistake in the command line.`;

let answer: Answer | undefined;

/** Commands are loaded when they run: none waits for what only another one needs. */
function running<A extends unknown[]>(load: () => Promise<(...given: A) => Promise<Answer>>) {
  return async (...given: A) => {
    const command = await load();
    answer = await command(...given);
  };
}

const program = new Command('kapu')
  .description('Administers Kapu, on Redis or on the embedded store, as the environment says.')
  .option('--json', 'print one JSON document')
  .addHelpText('after', ABOUT_JSON)
  .showSuggestionAfterError(false)
  .exitOverride()
  .configureOutput({ outputError: () => {}, writeErr: () => {} });

const account = program.command('account').description('citizens, and the staff among them');
account
  .command('add')
  .description('register an account')
  .requiredOption('--username <name>', '3 to 100 characters')
  .option('--password <password>', 'without one the person chooses it by a link, which is mailed and printed')
  .requiredOption('--email <address>')
  .option('--family-name <name>')
  .option('--given-name <name>')
  .option('--birth-family-name <name>')
  .option('--birth-given-name <name>')
  .option('--birthdate <date>', 'YYYY-MM-DD')
  .option('--place-of-birth <place>')
  .option('--mothers-birth-name <name>')
  .option('--totp-secret <base32>', 'binds an authenticator app that already has this secret')
  .option('--language <language>', 'hu or en')
  .option('--test', 'nobody real: may log in at test clients')
  .option('--role <role>', 'admin or operator; may be given twice', (role, others: string[] = []) => [
    ...others,
    role,
  ])
  .action(running(async () => (await import('./cli/account-commands.ts')).addAccount));
account
  .command('list')
  .description('all accounts in the order of their user names')
  .action(running(async () => (await import('./cli/account-commands.ts')).listAccounts));
account
  .command('show <username>')
  .description('one account, without its secrets')
  .action(running(async () => (await import('./cli/account-commands.ts')).showAccount));

account
  .command('import <file>')
  .description('register everybody in a file of another system; run it again after a crash, and it goes on')
  .option('--format <format>', 'csv or ndjson; else the ending of the name tells')
  .option('--refused <file>', 'for the refused rows with the reasons; else <file>.refused.ndjson')
  .action(running(async () => (await import('./cli/import-commands.ts')).importAccounts));
account
  .command('export')
  .description('everybody on standard output, without hashes and secrets')
  .option('--format <format>', 'csv or ndjson', 'csv')
  .action(running(async () => (await import('./cli/export-commands.ts')).exportAccounts));

const DESK_ACTS = {
  lock: 'nobody gets in, and every login ends',
  unlock: 'lift a lock, and the pauses after wrong passwords and codes',
  'end-sessions': 'log out everywhere',
  'password-link': 'mail a link by which the person chooses a password',
  close: 'as the person would: they can take it back by a link in a mail',
} as const;
for (const [act, about] of Object.entries(DESK_ACTS) as [keyof typeof DESK_ACTS, string][])
  account
    .command(`${act} <username>`)
    .description(about)
    .option('--why <text>', 'stands in the history')
    .action(running(async () => (await import('./cli/desk-commands.ts')).deskActs[act]));
account
  .command('reset-factors <username>')
  .description('ask for the removal of all devices of somebody who proved in person who they are')
  .requiredOption('--document <type>', 'identity-card, passport or driving-licence')
  .requiredOption('--ending <characters>', 'the last 3 or 4 characters of its number')
  .option('--why <text>', 'stands in the history')
  .action(running(async () => (await import('./cli/desk-commands.ts')).resetFactors));

const role = account.command('role').description('who is an admin or an operator (the desk)');
role
  .command('add <username> <role>')
  .description('give a role: admin or operator')
  .action(running(async () => (await import('./cli/role-commands.ts')).addRole));
role
  .command('remove <username> <role>')
  .description('take a role away; the last admin stays one')
  .action(running(async () => (await import('./cli/role-commands.ts')).removeRole));
role
  .command('list')
  .description('everybody with a role')
  .action(running(async () => (await import('./cli/role-commands.ts')).listRoles));

const client = program.command('client').description("the portals' clients");
client
  .command('add')
  .description('register a client; its secret is shown this once')
  .requiredOption('--file <metadata.json>', 'OpenID client metadata (RFC 7591); - reads standard input')
  .action(running(async () => (await import('./cli/client-commands.ts')).addClient));
client
  .command('list')
  .description('all clients')
  .action(running(async () => (await import('./cli/client-commands.ts')).listClients));
client
  .command('show <id>')
  .description('the metadata of one client, without its secret')
  .action(running(async () => (await import('./cli/client-commands.ts')).showClient));
client
  .command('remove <id>')
  .description('remove a client')
  .action(running(async () => (await import('./cli/client-commands.ts')).removeClient));
client
  .command('export')
  .description('all clients on standard output, NDJSON, without secrets, owners and uploaded logos')
  .action(running(async () => (await import('./cli/client-transfer.ts')).exportClients));
client
  .command('import <file>')
  .description(
    'make the clients of an export those of this environment; new ones get a secret, shown this once',
  )
  .option('--why <text>', 'stands in the versions')
  .action(running(async () => (await import('./cli/client-transfer.ts')).importClients));

const history = program
  .command('history')
  .description('what was done with accounts and clients, each entry chained to the one before');
history
  .command('verify')
  .description('find entries that were changed, removed or inserted; exit code 1 when there are any')
  .option(
    '--trust-unchained',
    'the store is from before there were chains: entries without links are no findings',
  )
  .action(running(async () => (await import('./cli/history-commands.ts')).verifyHistories));
history
  .command('export')
  .description('print entries as NDJSON, those of one account or client with the oldest first')
  .option('--from <time>', 'from this day or time (ISO 8601, UTC)')
  .option('--to <time>', 'to before this day or time')
  .option('--kind <kind>', 'of this kind alone, such as login or authenticator-removed')
  .option('--account <username>', "one person's")
  .option('--client <id>', "a client's changes, and what people did there")
  .option('--outcome <outcome>', 'accepted or refused')
  .action(running(async () => (await import('./cli/history-commands.ts')).exportHistories));
history
  .command('trim')
  .description('drop entries that are older than is kept of their kind (config/policy.ts); for a daily job')
  .action(running(async () => (await import('./cli/history-commands.ts')).trimHistories));

const outbox = program.command('outbox').description('mails and notices to portals that were given up');
outbox
  .command('list')
  .description('all that were given up, kept for 30 days')
  .action(running(async () => (await import('./cli/outbox-commands.ts')).listOutbox));
outbox
  .command('retry <id>')
  .description('send one again; a running server does it')
  .action(running(async () => (await import('./cli/outbox-commands.ts')).retryOutbox));
outbox
  .command('drop <id>')
  .description('forget one')
  .action(running(async () => (await import('./cli/outbox-commands.ts')).dropOutbox));

const token = program
  .command('token')
  .description("leave for a portal's software to register its client by itself (RFC 7591)");
token
  .command('issue')
  .description('make an initial access token, good once; it is shown this once')
  .requiredOption('--hosts <names>', 'host names that its addresses may have, separated by commas')
  .option('--scopes <scopes>', 'the most that it may ask for', 'openid profile email')
  .option('--level <level>', 'the least level of its people: low or substantial', 'substantial')
  .option('--grant-types <types>', 'how it may come by tokens', 'authorization_code refresh_token')
  .option('--hours <hours>', 'until it expires, 1 to 720', '24')
  .action(running(async () => (await import('./cli/token-commands.ts')).issueToken));
token
  .command('list')
  .description('those that may still be used')
  .action(running(async () => (await import('./cli/token-commands.ts')).listTokens));
token
  .command('withdraw <id>')
  .description('make one useless; a client that it registered stays')
  .action(running(async () => (await import('./cli/token-commands.ts')).withdrawToken));

const keys = program.command('keys').description('the keys that sign tokens, and what SECRET_KEYS seal');
keys
  .command('list')
  .description('signing keys with state and age; which of SECRET_KEYS are in use (reads every account)')
  .action(running(async () => (await import('./cli/key-commands.ts')).listKeys));
keys
  .command('rotate')
  .description('publish a successor of each signing key; it signs a day later, when portals know it')
  .option('--alg <algorithm>', 'of this one alone: ES256, RS256, PS256 or EdDSA')
  .option('--now', 'it signs at once')
  .action(running(async () => (await import('./cli/key-commands.ts')).rotateKeys));
keys
  .command('retire <kid>')
  .description('a signing key makes way for its successor at once; a published one is taken back')
  .option('--now', 'for a key that leaked: what it signed is refused from now on')
  .action(running(async () => (await import('./cli/key-commands.ts')).retireKey));
keys
  .command('reseal')
  .description('seal everything anew with the newest of SECRET_KEYS; may be interrupted and begun again')
  .action(running(async () => (await import('./cli/key-commands.ts')).resealAll));

const LASTING = [
  '--lasting',
  'without what ends by itself: sessions, tokens, logins under way, pauses',
] as const;
const KEY_FILE = [
  '--key-file <file>',
  'a key in a file (openssl rand -base64 32) instead of SECRET_KEYS',
] as const;

const backup = program
  .command('backup')
  .description('write everything into a sealed file; the server may run')
  .argument('<file>', 'must not exist')
  .option(...LASTING)
  .option(...KEY_FILE)
  .action(running(async () => (await import('./cli/store-commands.ts')).backup));
backup
  .command('verify <file>')
  .description('read a whole backup and say what is in it; it is opened by the key that sealed it')
  .option(...KEY_FILE)
  .action(running(async () => (await import('./cli/store-commands.ts')).verify));
program
  .command('restore <file>')
  .description('write a backup into an empty store, with no server running')
  .option(...LASTING)
  .option(...KEY_FILE)
  .action(running(async () => (await import('./cli/store-commands.ts')).restore));
program
  .command('store')
  .description('the store as a whole')
  .command('copy')
  .description('write everything into another store, which must be empty, with no server running')
  .requiredOption('--to <place>', 'redis://host:port, rediss://host:port, or a folder: a DATA_DIR')
  .option(...LASTING)
  .action(running(async () => (await import('./cli/store-commands.ts')).copy));

program
  .command('check')
  .description('is the configuration sound and does the store answer; exit code 1 when something is wrong')
  .action(running(async () => (await import('./cli/check.ts')).check));

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CommanderError) return new Problem('usage', usageText(error));
  if (error instanceof EnvError) return new Problem('configuration', error.problems.join('; '));
  if (error instanceof StoreUnavailable) {
    return new Problem('store-unavailable', `the store does not answer: ${error.message}`);
  }
  return new Problem('fault', error instanceof Error ? error.message : String(error));
}

function usageText({ code, message }: CommanderError): string {
  return code === 'commander.help' ? 'a command is missing, see --help' : message.replace(/^error: /, '');
}

const json = () => program.opts<{ json?: boolean }>().json === true;
const oneLine = (text: string) => text.replace(/\s+/g, ' ');

/** Exits when the output is written: nothing that a library still holds open keeps the caller waiting. */
function finish(output: string, code: number): void {
  process.stdout.write(output === '' ? '' : `${output}\n`, () => process.exit(code));
}

function report({ code, message }: Problem): void {
  process.stderr.write(`kapu: ${oneLine(message)}\n`);
  finish(json() ? JSON.stringify({ error: code, message }) : '', code === 'usage' ? 2 : 1);
}

try {
  await program.parseAsync();
  if (answer)
    finish(
      json() && answer.document !== undefined ? JSON.stringify(answer.document, null, 2) : answer.text,
      answer.failed ? 1 : 0,
    );
} catch (error) {
  const asked = error instanceof CommanderError && error.exitCode === 0;
  if (asked) finish('', 0);
  else report(problemOf(error));
}
