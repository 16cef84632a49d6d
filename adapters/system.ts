/** The machine's clock and its source of randomness. */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../provider/flows/ports.ts';

export const systemClock: Clock = { now: () => Date.now() };

const ID_BYTES = 18;
/** Asking the system costs about as much for one id as for many. */
const IDS_AT_ONCE = 200;

/** Makes ids of random bytes that were drawn for many of them; each byte is used once. */
function idSource(): () => string {
  let drawn = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used === drawn.length) {
      drawn = randomBytes(ID_BYTES * IDS_AT_ONCE);
      used = 0;
    }
    used += ID_BYTES;
    return drawn.toString('base64url', used - ID_BYTES, used);
  };
}

const id = idSource();
/** 48 bits in base64url. */
const SHORT_ID_LENGTH = 8;

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  id,
  shortId: () => id().slice(0, SHORT_ID_LENGTH),
};
