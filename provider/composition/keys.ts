/** Signing keys, and what seals them: for the server, and by itself for the command line. */
import { storedAccounts } from '../../adapters/accounts.ts';
import { background } from '../../adapters/background.ts';
import { queuedMailer } from '../../adapters/mailer.ts';
import { NO_METRICS } from '../../adapters/measured.ts';
import { openOutbox } from '../../adapters/outbox/outbox.ts';
import { owedLetters } from '../../adapters/owed-letters.ts';
import { secretBox } from '../../adapters/secret-box.ts';
import { newSigningKey, storedSigningKeys } from '../../adapters/signing-keys.ts';
import type { Store } from '../../adapters/store.ts';
import { systemRandom } from '../../adapters/system.ts';
import type { Env } from '../../config/env.ts';
import { keySchedule, MAIL_DELIVERY } from '../../config/policy.ts';
import type { KeySchedule } from '../core/signing-key.ts';
import type { Clock, Log } from '../flows/ports.ts';
import { resealing, sealedInAccounts } from '../flows/resealing.ts';
import { sealedSigningKeys, signingKeys } from '../flows/signing-keys.ts';
import { upgradedKeys } from '../flows/signing-keys-upgrade.ts';

export interface KeysOutside {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Shorter waits than those of `config/policy.ts`, to see keys rotate. */
  readonly keys?: { readonly schedule?: Partial<KeySchedule>; readonly lookEveryMs?: number };
}

export function boxOf(env: Env, log: Log) {
  return secretBox(env.secretKeys, (context) =>
    log.error({ context: context.split(':')[0] }, 'a sealed value could not be opened'),
  );
}

/** All places where something lies sealed. Pending enrolments are not among them: they end within the hour. */
export function resealingOf(env: Env, { store, clock, log }: KeysOutside) {
  const box = boxOf(env, log);
  const outside = { store, secretBox: box, random: systemRandom, clock, log, metrics: NO_METRICS };
  const outbox = openOutbox(outside);
  const mailer = queuedMailer({ ...MAIL_DELIVERY, ...outside, put: outbox.put });
  const letters = owedLetters({ ...outside, mailer, background: background(log, NO_METRICS) });
  return resealing(box, [
    sealedInAccounts(storedAccounts(store, clock)),
    sealedSigningKeys(storedSigningKeys(store, upgradedKeys(box, clock))),
    outbox.sealed,
    letters.sealed,
  ]);
}

export function signingKeysOf(env: Env, { store, clock, log, keys }: KeysOutside) {
  const box = boxOf(env, log);
  const schedule: KeySchedule = {
    ...keySchedule(env.keyRotationDays, env.session.maxSeconds),
    ...keys?.schedule,
  };
  return signingKeys(
    {
      signingKeyStore: storedSigningKeys(store, upgradedKeys(box, clock)),
      secretBox: box,
      makeKey: (alg) => newSigningKey(alg, systemRandom),
      clock,
    },
    schedule,
  );
}
