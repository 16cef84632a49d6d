/** One clock for the product, oidc-provider and the test: only `Date` is faked, so nothing has to sleep. */
import { jest } from '@jest/globals';

const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** Stops the clock at the beginning of a TOTP time step. */
export function stopClock(at = Math.floor(Date.now() / 30_000) * 30_000): void {
  jest.useFakeTimers({ now: at, doNotFake: [...REAL] });
}

export function travel(milliseconds: number): void {
  jest.setSystemTime(Date.now() + milliseconds);
}

export function releaseClock(): void {
  jest.useRealTimers();
}

export const SECONDS = 1000;
export const MINUTES = 60 * SECONDS;
export const HOURS = 60 * MINUTES;
