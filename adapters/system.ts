/** The machine's clock and its source of randomness. */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../provider/flows/ports.ts';

export const systemClock: Clock = { now: () => Date.now() };

const ID_BYTES = 18;

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  id: () => randomBytes(ID_BYTES).toString('base64url'),
};
