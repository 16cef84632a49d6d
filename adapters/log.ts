/** The log: JSON lines on standard output, never with a password, code, secret, token or cookie. */
import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** `destination` is for tests that read what was written. */
export function openLog(level: string, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  return destination ? pino(options, destination) : pino(options);
}
