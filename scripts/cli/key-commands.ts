/** `keys list`, `keys rotate`, `keys retire`, `keys reseal`. No private key and nothing sealed is ever shown. */
import { openLog } from '../../adapters/log.ts';
import { keyIdOf } from '../../adapters/secret-box.ts';
import { systemClock } from '../../adapters/system.ts';
import { resealingOf, signingKeysOf } from '../../provider/composition/keys.ts';
import { DAY_MS } from '../../provider/core/duration.ts';
import {
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  type SigningKey,
  stateOf,
} from '../../provider/core/signing-key.ts';
import type { KeysInUse, Progress } from '../../provider/flows/resealing.ts';
import { type Answer, Problem, table } from './answer.ts';
import { type Opened, withStore } from './opened.ts';

function outsideOf({ store }: Opened) {
  return { store, clock: systemClock, log: openLog('error', process.stderr) };
}

export function listKeys(): Promise<Answer> {
  return withStore(async (opened) => {
    const outside = outsideOf(opened);
    const keys = await signingKeysOf(opened.env, outside).list();
    const inUse = await resealingOf(opened.env, outside).inUse();
    const secretKeys = describedSecretKeys(opened.env.secretKeys.map(keyIdOf), inUse);
    const missing = secretKeys.some(({ place }) => place === 'missing');
    return {
      document: { signingKeys: keys.map(described), secretKeys },
      text: `${keysTable(keys)}\n\n${secretKeysTable(secretKeys)}`,
      failed: missing,
    };
  });
}

interface RotateOptions {
  readonly alg?: string;
  readonly now?: boolean;
}

export function rotateKeys({ alg, now = false }: RotateOptions): Promise<Answer> {
  const algorithms = alg === undefined ? SIGNING_ALGORITHMS : [algorithm(alg)];
  return withStore(async (opened) =>
    answerOf(await signingKeysOf(opened.env, outsideOf(opened)).rotate(algorithms, now)),
  );
}

export function retireKey(kid: string, { now = false }: { now?: boolean }): Promise<Answer> {
  return withStore(async (opened) => {
    const keys = await signingKeysOf(opened.env, outsideOf(opened)).retire(kid, now);
    if (!keys) throw new Problem('unknown-key', 'there is no signing key with this kid');
    return answerOf(keys);
  });
}

/** Says on standard error how far it is. */
export function resealAll(): Promise<Answer> {
  return withStore(async (opened) => {
    const done = new Map<string, Progress>();
    for await (const progress of resealingOf(opened.env, outsideOf(opened)).reseal()) {
      done.set(progress.place, progress);
      process.stderr.write(`${inWords(progress)}\n`);
    }
    const document = [...done.values()];
    const failed = document.some(({ unopened }) => unopened > 0);
    return {
      document,
      text: failed ? 'Some values are sealed with a key that is missing.' : 'Done.',
      failed,
    };
  });
}

const inWords = ({ place, seen, resealed, unopened }: Progress) =>
  `${place}: ${seen} looked at, ${resealed} sealed anew${unopened > 0 ? `, ${unopened} can not be opened` : ''}`;

function algorithm(name: string): SigningAlgorithm {
  const found = SIGNING_ALGORITHMS.find((alg) => alg === name);
  if (!found) throw new Problem('usage', `--alg must be one of ${SIGNING_ALGORITHMS.join(', ')}`);
  return found;
}

function answerOf(keys: readonly SigningKey[]): Answer {
  return { document: { signingKeys: keys.map(described) }, text: keysTable(keys) };
}

const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

/** Field by field, so that what is sealed stays unseen. */
function described(key: SigningKey) {
  const { kid, alg, sealed, publishedAt, signingAt, retiredAt } = key;
  return {
    kid,
    alg,
    state: stateOf(key),
    publishedAt: iso(publishedAt),
    signingAt: iso(signingAt),
    retiredAt: iso(retiredAt),
    sealedWith: sealed.keyId,
  };
}

function keysTable(keys: readonly SigningKey[]): string {
  if (keys.length === 0) return 'No signing keys: they are made at the first start.';
  const now = Date.now();
  const rows = keys.map((key) => {
    const { kid, alg, sealed, publishedAt, signingAt, retiredAt } = key;
    const days = (now - (retiredAt ?? signingAt ?? publishedAt)) / DAY_MS;
    return [kid, alg, stateOf(key), `${Math.floor(days)} days`, sealed.keyId];
  });
  return table([['KID', 'ALGORITHM', 'STATE', 'FOR', 'SEALED WITH'], ...rows]);
}

interface SecretKeyInUse {
  readonly keyId: string;
  /** `missing`: something is sealed with it, and it is not in SECRET_KEYS. */
  readonly place: 'newest' | 'older' | 'missing';
  readonly seals: Readonly<Record<string, number>>;
}

function describedSecretKeys(configured: readonly string[], inUse: KeysInUse): SecretKeyInUse[] {
  const missing = Object.keys(inUse).filter((keyId) => !configured.includes(keyId));
  return [
    ...configured.map((keyId, index) => ({
      keyId,
      place: index === 0 ? ('newest' as const) : ('older' as const),
      seals: inUse[keyId] ?? {},
    })),
    ...missing.map((keyId) => ({ keyId, place: 'missing' as const, seals: inUse[keyId] ?? {} })),
  ];
}

function secretKeysTable(keys: readonly SecretKeyInUse[]): string {
  const rows = keys.map(({ keyId, place, seals }) => {
    const counts = Object.entries(seals).map(([name, count]) => `${count} in ${name}`);
    return [keyId, place, counts.join(', ') || 'nothing'];
  });
  return table([['SECRET_KEYS', 'PLACE', 'SEALS'], ...rows]);
}
