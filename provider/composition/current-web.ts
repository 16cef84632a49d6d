/**
 * The web under the signing keys of the moment. oidc-provider takes its keys once and for all, so other keys are
 * another provider, with pages of its own around it: once built, it takes over the next request, while
 * those under way end where they began. Nothing that must outlive a web may be kept in one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { stateOf } from '../core/signing-key.ts';
import type { Background, Clock, Metrics } from '../flows/ports.ts';
import type { SigningKeys } from '../flows/signing-keys.ts';
import type { webOf } from './web.ts';

/** How long a change can stay unknown to an instance that has missed the notice of it. */
const LOOK_EVERY_MS = 60_000;

type Build = ReturnType<typeof webOf>;
type Keys = Awaited<ReturnType<SigningKeys['list']>>;

export interface CurrentWebPorts {
  readonly signingKeys: SigningKeys;
  readonly background: Background;
  readonly build: Build;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly lookEveryMs?: number;
}

export async function currentWeb(ports: CurrentWebPorts) {
  const { signingKeys, background, build, clock, metrics, lookEveryMs = LOOK_EVERY_MS } = ports;
  let keys = await signingKeys.carryOut();
  let web = webUnder(keys);
  let taking = Promise.resolve();
  let carryingOut: Promise<Keys> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function webUnder(some: Keys) {
    const built = build(signingKeys.jwks(some));
    return { ...built, handle: built.app.callback() };
  }

  async function take(): Promise<void> {
    const now = await signingKeys.list();
    if (signature(now) !== signature(keys)) web = webUnder(now);
    keys = now;
  }

  /** Takes the keys of the moment over; one after the other, so that no older ones win. */
  function takeOver(): Promise<void> {
    taking = taking.catch(() => undefined).then(take);
    return taking;
  }

  /** What is due may take seconds: one at a time, and what others have done must not wait for it. */
  async function refresh(): Promise<void> {
    await takeOver();
    carryingOut ??= signingKeys.carryOut().finally(() => {
      carryingOut = undefined;
    });
    await carryingOut;
    await takeOver();
  }

  return {
    handle: (request: IncomingMessage, response: ServerResponse) => web.handle(request, response),
    current: () => web,
    refresh,
    /** Follows the keys from now on: hears of changes, and looks by itself now and then. */
    async follow(): Promise<void> {
      const inBackground = (task: () => Promise<void>) => () => background.run('signing keys', task);
      timer = setInterval(inBackground(refresh), lookEveryMs).unref();
      metrics.stands('kapu_signing_key_age_seconds', {}, () => oldestAgeSeconds(keys, clock.now()));
      await signingKeys.onChange(inBackground(takeOver));
    },
    leave: () => clearInterval(timer),
  };
}

function oldestAgeSeconds(keys: Keys, now: number): number {
  const ages = keys.flatMap((key) => (stateOf(key) === 'signing' ? [now - (key.signingAt ?? now)] : []));
  return Math.max(0, ...ages) / 1000;
}

/** What of the keys matters to a provider. */
function signature(keys: Keys): string {
  return keys.map((key) => `${key.kid} ${stateOf(key)}`).join('\n');
}
