/** `kapu client` and `kapu token`: the portals' clients, and the leave to register one. */
import type { Command } from 'commander';
import { ID_LIKE_OPTION, type Running } from './answer.ts';

export function portalCommands(program: Command, running: Running): void {
  clientCommands(program, running);
  tokenCommands(program, running);
}

function clientCommands(program: Command, running: Running): void {
  const client = program.command('client').description("the portals' clients");
  client
    .command('add')
    .description('register a client; its secret is shown this once')
    .requiredOption('--file <metadata.json>', 'OpenID client metadata (RFC 7591); - reads standard input')
    .action(running(async () => (await import('./client-commands.ts')).addClient));
  client
    .command('list')
    .description('all clients')
    .action(running(async () => (await import('./client-commands.ts')).listClients));
  client
    .command('show <id>')
    .allowUnknownOption(ID_LIKE_OPTION)
    .description('the metadata of one client, without its secret')
    .action(running(async () => (await import('./client-commands.ts')).showClient));
  client
    .command('remove <id>')
    .allowUnknownOption(ID_LIKE_OPTION)
    .description('remove a client')
    .action(running(async () => (await import('./client-commands.ts')).removeClient));
  client
    .command('export')
    .description('all clients on standard output, NDJSON, without secrets, owners and uploaded logos')
    .action(running(async () => (await import('./client-transfer.ts')).exportClients));
  client
    .command('import <file>')
    .description(
      'make the clients of an export those of this environment; new ones get a secret, shown this once',
    )
    .option('--why <text>', 'stands in the versions')
    .action(running(async () => (await import('./client-transfer.ts')).importClients));
}

function tokenCommands(program: Command, running: Running): void {
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
    .action(running(async () => (await import('./token-commands.ts')).issueToken));
  token
    .command('list')
    .description('those that may still be used')
    .action(running(async () => (await import('./token-commands.ts')).listTokens));
  token
    .command('withdraw <id>')
    .allowUnknownOption(ID_LIKE_OPTION)
    .description('make one useless; a client that it registered stays')
    .action(running(async () => (await import('./token-commands.ts')).withdrawToken));
}
