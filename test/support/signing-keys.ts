/** Signing keys made once on a machine: two RSA keys a test file would cost more than most tests. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { secretBox } from '../../adapters/secret-box.ts';
import { newSigningKey, storedSigningKeys } from '../../adapters/signing-keys.ts';
import type { Store } from '../../adapters/store.ts';
import { systemRandom } from '../../adapters/system.ts';
import type { Env } from '../../config/env.ts';
import { SIGNING_ALGORITHMS } from '../../provider/core/signing-key.ts';
import type { PrivateJwk } from '../../provider/flows/ports.ts';
import { keyContext } from '../../provider/flows/signing-keys.ts';

const FILE = path.join(tmpdir(), `kapu-test-signing-keys-${process.getuid?.() ?? ''}.json`);

/** Puts keys where a first start would make them, if there are none yet. */
export async function giveSigningKeys(env: Env, store: Store): Promise<void> {
  const box = secretBox(env.secretKeys, () => {});
  const made = await keysOfThisMachine();
  const now = Date.now();
  const keys = made.map((jwk) => ({
    kid: jwk.kid,
    alg: jwk.alg,
    sealed: box.seal(JSON.stringify(jwk), keyContext(jwk.kid)),
    publishedAt: now,
    signingAt: now,
  }));
  await storedSigningKeys(store, () => []).update((before) => (before.length === 0 ? keys : before));
}

async function keysOfThisMachine(): Promise<PrivateJwk[]> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    const keys = await Promise.all(SIGNING_ALGORITHMS.map((alg) => newSigningKey(alg, systemRandom)));
    const draft = `${FILE}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(keys), { mode: 0o600 });
    try {
      // Whole or not at all: test files run side by side.
      linkSync(draft, FILE);
    } catch {
      // Another was faster.
    }
    rmSync(draft);
    return keys;
  }
}
