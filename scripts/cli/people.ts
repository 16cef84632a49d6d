/** `kapu account`: citizens, what the desk does for them, and who has a role. */
import type { Command } from 'commander';
import type { Running } from './answer.ts';

const DESK_ACTS = {
  lock: 'nobody gets in, and every login ends',
  unlock: 'lift a lock, and the pauses after wrong passwords and codes',
  'end-sessions': 'log out everywhere',
  'password-link': 'mail a link by which the person chooses a password',
  close: 'as the person would: they can take it back by a link in a mail',
} as const;

export function peopleCommands(program: Command, running: Running): void {
  const account = program.command('account').description('citizens, and the staff among them');
  accountCommands(account, running);
  deskCommands(account, running);
  roleCommands(account, running);
}

function accountCommands(account: Command, running: Running): void {
  account
    .command('add')
    .description('register an account')
    .requiredOption('--username <name>', '3 to 100 characters')
    .option(
      '--password <password>',
      'without one the person chooses it by a link, which is mailed and printed',
    )
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
    .action(running(async () => (await import('./account-commands.ts')).addAccount));
  account
    .command('list')
    .description('all accounts in the order of their user names')
    .action(running(async () => (await import('./account-commands.ts')).listAccounts));
  account
    .command('show <username>')
    .description('one account, without its secrets')
    .action(running(async () => (await import('./account-commands.ts')).showAccount));
  account
    .command('import <file>')
    .description('register everybody in a file of another system; run it again after a crash, and it goes on')
    .option('--format <format>', 'csv or ndjson; else the ending of the name tells')
    .option('--refused <file>', 'for the refused rows with the reasons; else <file>.refused.ndjson')
    .action(running(async () => (await import('./import-commands.ts')).importAccounts));
  account
    .command('export')
    .description('everybody on standard output, without hashes and secrets')
    .option('--format <format>', 'csv or ndjson', 'csv')
    .action(running(async () => (await import('./export-commands.ts')).exportAccounts));
}

function deskCommands(account: Command, running: Running): void {
  for (const [act, about] of Object.entries(DESK_ACTS) as [keyof typeof DESK_ACTS, string][])
    account
      .command(`${act} <username>`)
      .description(about)
      .option('--why <text>', 'stands in the history')
      .action(running(async () => (await import('./desk-commands.ts')).deskActs[act]));
  account
    .command('reset-factors <username>')
    .description('ask for the removal of all devices of somebody who proved in person who they are')
    .requiredOption('--document <type>', 'identity-card, passport or driving-licence')
    .requiredOption('--ending <characters>', 'the last 3 or 4 characters of its number')
    .option('--why <text>', 'stands in the history')
    .action(running(async () => (await import('./desk-commands.ts')).resetFactors));
}

function roleCommands(account: Command, running: Running): void {
  const role = account.command('role').description('who is an admin or an operator (the desk)');
  role
    .command('add <username> <role>')
    .description('give a role: admin or operator')
    .action(running(async () => (await import('./role-commands.ts')).addRole));
  role
    .command('remove <username> <role>')
    .description('take a role away; the last admin stays one')
    .action(running(async () => (await import('./role-commands.ts')).removeRole));
  role
    .command('list')
    .description('everybody with a role')
    .action(running(async () => (await import('./role-commands.ts')).listRoles));
}
