/** The production entry: the environment, one instance, until SIGTERM. */
import { readEnv } from '../config/env.ts';
import { runUntilStopped } from './run.ts';
import { start } from './server.ts';

await runUntilStopped(async () => start(readEnv()));
