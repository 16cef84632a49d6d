/** AES-256-GCM under a key ring: the newest key seals, every key opens what it sealed. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Sealed } from '../provider/core/account.ts';
import type { SecretBox } from '../provider/flows/ports.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Names a key without telling it. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('kapu key id').update(key).digest('base64url').slice(0, 8);
}

/** `keys` are 32 bytes each, newest first. `onAlarm` hears of every value that could not be opened. */
export function secretBox(keys: readonly Uint8Array[], onAlarm: (context: string) => void): SecretBox {
  const ring = new Map(keys.map((key) => [keyIdOf(key), key]));
  const [newest] = ring;
  if (!newest) throw new Error('a secret box needs a key');

  function decrypt(key: Uint8Array, sealed: Sealed, context: string): string {
    const data = Buffer.from(sealed.data, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64url'), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    return decipher.update(data.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }

  return {
    newestKeyId: newest[0],

    seal(plain, context) {
      const [keyId, key] = newest;
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context));
      const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return { keyId, iv: iv.toString('base64url'), data: data.toString('base64url') };
    },

    open(sealed, context) {
      const key = ring.get(sealed.keyId);
      try {
        if (key) return decrypt(key, sealed, context);
      } catch {
        // An authentication failure says no more than that; the alarm below is for both cases.
      }
      onAlarm(context);
      return undefined;
    },
  };
}
