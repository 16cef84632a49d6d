/** What keeps the service running: histories, outbox, keys, backups, the store and a check of it all. */
import type { Command } from 'commander';
import { ID_LIKE_OPTION, type Running } from './answer.ts';

const LASTING = [
  '--lasting',
  'without what ends by itself: sessions, tokens, logins under way, pauses',
] as const;
const KEY_FILE = [
  '--key-file <file>',
  'a key in a file (openssl rand -base64 32) instead of SECRET_KEYS',
] as const;

export function operationCommands(program: Command, running: Running): void {
  historyCommands(program, running);
  outboxCommands(program, running);
  keyCommands(program, running);
  storeCommands(program, running);
  program
    .command('check')
    .description('is the configuration sound and does the store answer; exit code 1 when something is wrong')
    .action(running(async () => (await import('./check.ts')).check));
}

function historyCommands(program: Command, running: Running): void {
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
    .action(running(async () => (await import('./history-commands.ts')).verifyHistories));
  history
    .command('export')
    .description('print entries as NDJSON, those of one account or client with the oldest first')
    .option('--from <time>', 'from this day or time (ISO 8601, UTC)')
    .option('--to <time>', 'to before this day or time')
    .option('--kind <kind>', 'of this kind alone, such as login or authenticator-removed')
    .option('--account <username>', "one person's")
    .option('--client <id>', "a client's changes, and what people did there")
    .option('--outcome <outcome>', 'accepted or refused')
    .action(running(async () => (await import('./history-commands.ts')).exportHistories));
  history
    .command('trim')
    .description('drop entries that are older than is kept of their kind (config/policy.ts); for a daily job')
    .action(running(async () => (await import('./history-commands.ts')).trimHistories));
}

function outboxCommands(program: Command, running: Running): void {
  const outbox = program.command('outbox').description('mails and notices to portals that were given up');
  outbox
    .command('list')
    .description('all that were given up, kept for 30 days')
    .action(running(async () => (await import('./outbox-commands.ts')).listOutbox));
  outbox
    .command('retry <id>')
    .allowUnknownOption(ID_LIKE_OPTION)
    .description('send one again; a running server does it')
    .action(running(async () => (await import('./outbox-commands.ts')).retryOutbox));
  outbox
    .command('drop <id>')
    .allowUnknownOption(ID_LIKE_OPTION)
    .description('forget one')
    .action(running(async () => (await import('./outbox-commands.ts')).dropOutbox));
}

function keyCommands(program: Command, running: Running): void {
  const keys = program.command('keys').description('the keys that sign tokens, and what SECRET_KEYS seal');
  keys
    .command('list')
    .description('signing keys with state and age; which of SECRET_KEYS are in use (reads every account)')
    .action(running(async () => (await import('./key-commands.ts')).listKeys));
  keys
    .command('rotate')
    .description('publish a successor of each signing key; it signs a day later, when portals know it')
    .option('--alg <algorithm>', 'of this one alone: ES256, RS256, PS256 or EdDSA')
    .option('--now', 'it signs at once')
    .action(running(async () => (await import('./key-commands.ts')).rotateKeys));
  keys
    .command('retire <kid>')
    .allowUnknownOption(ID_LIKE_OPTION)
    .description('a signing key makes way for its successor at once; a published one is taken back')
    .option('--now', 'for a key that leaked: what it signed is refused from now on')
    .action(running(async () => (await import('./key-commands.ts')).retireKey));
  keys
    .command('reseal')
    .description('seal everything anew with the newest of SECRET_KEYS; may be interrupted and begun again')
    .action(running(async () => (await import('./key-commands.ts')).resealAll));
}

function storeCommands(program: Command, running: Running): void {
  const backup = program
    .command('backup')
    .description('write everything into a sealed file; the server may run')
    .argument('<file>', 'must not exist')
    .option(...LASTING)
    .option(...KEY_FILE)
    .action(running(async () => (await import('./store-commands.ts')).backup));
  backup
    .command('verify <file>')
    .description('read a whole backup and say what is in it; it is opened by the key that sealed it')
    .option(...KEY_FILE)
    .action(running(async () => (await import('./store-commands.ts')).verify));
  program
    .command('restore <file>')
    .description('write a backup into an empty store, with no server running')
    .option(...LASTING)
    .option(...KEY_FILE)
    .action(running(async () => (await import('./store-commands.ts')).restore));
  program
    .command('store')
    .description('the store as a whole')
    .command('copy')
    .description('write everything into another store, which must be empty, with no server running')
    .requiredOption('--to <place>', 'redis://host:port, rediss://host:port, or a folder: a DATA_DIR')
    .option(...LASTING)
    .action(running(async () => (await import('./store-commands.ts')).copy));
}
