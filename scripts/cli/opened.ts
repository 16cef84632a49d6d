/**
 * Opens what a command needs and closes it again. The store may be in use by a running server at the same time.
 * Only commands that register something put the whole of Kapu together: that takes most of the starting time.
 */
import { chainKeys } from '../../adapters/chain.ts';
import { storedClients } from '../../adapters/clients.ts';
import * as histories from '../../adapters/histories.ts';
import { openLog } from '../../adapters/log.ts';
import { openEngine, openStore, type StoreOptions } from '../../adapters/open-store.ts';
import type { ClosablePasswordHasher } from '../../adapters/password-hasher.ts';
import type { Engine, Store } from '../../adapters/store.ts';
import { systemClock } from '../../adapters/system.ts';
import { type Env, readEnv } from '../../config/env.ts';
import { HASH_PATIENCE } from '../../config/policy.ts';
import type { Kapu } from '../../provider/compose.ts';
import type { Clients } from '../../provider/flows/ports.ts';

/** As {@link withStore}, for who adds to a history, or reads one without its links. */
export function withHistories<T>(use: (opened: Opened) => Promise<T>): Promise<T> {
  return withStore(({ env, store }) => {
    const log = openLog('error', process.stderr);
    const alarm = (fault: Error) => log.error({ err: fault }, 'fault');
    return use({ env, store: histories.withHistories(store, chainKeys(env.secretKeys), alarm) });
  });
}

export const withClients = <T>(use: (clients: Clients, opened: Opened) => Promise<T>): Promise<T> =>
  withHistories((opened) => use(storedClients(opened.store, systemClock), opened));

export interface Opened {
  readonly env: Env;
  readonly store: Store;
}

export async function withStore<T>(use: (opened: Opened) => Promise<T>): Promise<T> {
  const env = readEnv();
  const store = await storeOf(env);
  try {
    return await use({ env, store });
  } finally {
    await store.close();
  }
}

export async function withKapu<T>(use: (kapu: Kapu) => Promise<T>): Promise<T> {
  const { compose } = await import('../../provider/compose.ts');
  return withStore(async ({ env, store }) => {
    const hasher = hasherOnDemand(env);
    const log = openLog('error', process.stderr);
    const kapu = await compose(env, { store, hasher, clock: systemClock, log });
    try {
      return await use(kapu);
    } finally {
      await kapu.drain();
      await hasher.close();
    }
  });
}

export const storeOf = (env: Env): Promise<Store> => openStore(optionsOf(env));

/** The store as its engine keeps it, for who carries everything elsewhere. */
export async function withEngine<T>(
  at: Pick<Env, 'redis' | 'dataDir'>,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(optionsOf(at));
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** An engine that can't be reached fails the command itself, so its own complaints are not repeated. */
function optionsOf({ redis, dataDir }: Pick<Env, 'redis' | 'dataDir'>): StoreOptions {
  return { ...(redis && { redis }), dataDir, clock: systemClock, onError: () => {} };
}

/** One thread, started by the first password. */
function hasherOnDemand({ argon2 }: Env): ClosablePasswordHasher {
  let opening: Promise<ClosablePasswordHasher> | undefined;
  const opened = () => {
    opening ??= import('../../adapters/password-hasher.ts').then(({ passwordHasher }) =>
      passwordHasher({ argon2, threads: 1, patience: HASH_PATIENCE }),
    );
    return opening;
  };
  return {
    hash: async (secret) => (await opened()).hash(secret),
    verify: async (hash, secret) => (await opened()).verify(hash, secret),
    busyMs: () => undefined,
    outdated: () => false,
    close: async () => (await opening)?.close(),
  };
}
