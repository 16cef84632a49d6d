/** Keys as version 0.1 kept them: one set, sealed as a whole, with an RSA key that signs for RS256 and PS256. */
import type { Sealed } from '../core/account.ts';
import type { SigningKey } from '../core/signing-key.ts';
import type { Clock, PrivateJwk, SecretBox } from './ports.ts';
import { keyContext } from './signing-keys.ts';

const CONTEXT = 'signing-keys';

/** They go on signing, so no token and no portal is lost; successors come in their time. Throws when they can't be opened. */
export function upgradedKeys(box: SecretBox, clock: Clock) {
  return (sealed: Sealed): SigningKey[] => {
    const opened = box.open(sealed, CONTEXT);
    if (opened === undefined) throw new Error('the signing keys can not be opened with SECRET_KEYS');
    const { keys } = JSON.parse(opened) as { keys: PrivateJwk[] };
    const now = clock.now();
    return keys.map((jwk) => ({
      kid: jwk.kid,
      ...(jwk.kty === 'RSA' ? SHARED : { alg: 'ES256' }),
      sealed: box.seal(JSON.stringify(jwk), keyContext(jwk.kid)),
      publishedAt: now,
      signingAt: now,
    }));
  };
}

const SHARED = { alg: 'RS256', alsoSigns: ['PS256'] } as const;
