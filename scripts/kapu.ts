/** The command line: accounts, clients, tokens and a check of the installation. It works while the server runs. */
import { Command, CommanderError } from 'commander';
import { EnvError } from '../config/env.ts';
import { StoreUnavailable } from '../provider/flows/ports.ts';
import { type Answer, inFull, Problem, type Running } from './cli/answer.ts';
import { operationCommands } from './cli/operation.ts';
import { peopleCommands } from './cli/people.ts';
import { portalCommands } from './cli/portals.ts';

const ABOUT_JSON = `
With --json (before or after the command) standard output holds one JSON document and nothing else:
the answer or, when something failed, { "error": <code>, "message": <text> }. The message is on
standard error too. The exit code is 0, or 1 for a failure, or 2 for a mistake in the command line.`;

let answer: Answer | undefined;

const running: Running =
  (load) =>
  async (...given) => {
    const command = await load();
    answer = await command(...given);
  };

const program = new Command('kapu')
  .description('Administers Kapu, on Redis or on the embedded store, as the environment says.')
  .option('--json', 'print one JSON document')
  .addHelpText('after', ABOUT_JSON)
  .showSuggestionAfterError(false)
  .exitOverride()
  .configureOutput({ outputError: () => {}, writeErr: () => {} });

for (const commands of [peopleCommands, portalCommands, operationCommands]) commands(program, running);

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CommanderError) return new Problem('usage', usageText(error));
  if (error instanceof EnvError) return new Problem('configuration', error.problems.join('; '));
  if (error instanceof StoreUnavailable) {
    return new Problem('store-unavailable', `the store does not answer: ${inFull(error)}`);
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
