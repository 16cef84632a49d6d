/** The command line as an operator runs it: a process of its own beside a server on the same data. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { compiled } from './compiled.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Variables = Readonly<Record<string, string>>;

/** Nothing of our own environment reaches it. */
export function startCommand(
  words: readonly string[],
  variables: Variables,
): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn(process.execPath, [compiled('scripts/kapu.js'), ...words], {
    env: { NODE_ENV: 'test', ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export async function runCommand(words: readonly string[], variables: Variables, stdin = ''): Promise<Ended> {
  const child = startCommand(words, variables);
  const ended = once(child, 'close');
  child.stdin.on('error', () => {}).end(stdin);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
