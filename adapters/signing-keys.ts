/** The keys that sign tokens: made at the first start, sealed at rest, and shared by all instances through the store. */
import { generateKeyPairSync } from 'node:crypto';
import type { JWKS } from 'oidc-provider';
import type { Sealed } from '../provider/core/account.ts';
import type { Random, SecretBox } from '../provider/flows/ports.ts';
import type { Store } from './store.ts';

const KEY = { partition: 'keys', name: 'signing' };
const CONTEXT = 'signing-keys';
const RSA_BITS = 3072;

/** Answers private JWKs (RFC 7517), the one for new tokens first. Throws when the stored ones can't be opened. */
export async function signingKeys(store: Store, box: SecretBox, random: Random): Promise<JWKS> {
  const stored = await store.get<Sealed>(KEY);
  if (!stored) {
    const sealed = box.seal(JSON.stringify(newKeys(random)), CONTEXT);
    // Two instances at their first start: one wins, and both read what it wrote.
    await store.commit(KEY.partition, [{ kind: 'put', name: KEY.name, value: sealed, expect: 'absent' }]);
    return signingKeys(store, box, random);
  }
  const opened = box.open(stored.value, CONTEXT);
  if (opened === undefined) throw new Error('the signing keys can not be opened with SECRET_KEYS');
  return JSON.parse(opened);
}

function newKeys(random: Random): JWKS {
  const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey.export({ format: 'jwk' });
  return {
    keys: [
      { ...es256, kid: random.id(), use: 'sig', alg: 'ES256' },
      { ...rsa, kid: random.id(), use: 'sig' },
    ],
  } as JWKS;
}
