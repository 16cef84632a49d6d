/** What a person does with the devices that they have: name them, remove them, switch the second factor off. */
import type { Account } from '../core/account.ts';
import { cleanDeviceName, remove, rename, switchOff } from '../core/authenticators.ts';
import type { Origin } from '../core/event.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { ChangeFactors } from './factor-change.ts';
import type { Clock, Mailer } from './ports.ts';

export interface DevicesPorts {
  readonly changeFactors: ChangeFactors;
  readonly mailer: Mailer;
  readonly clock: Clock;
}

/** Who does it, and from where. */
export interface Doing {
  readonly account: Account;
  /** The session that goes on when others end. */
  readonly sessionUid: string;
  readonly origin: Origin;
}

export type Devices = ReturnType<typeof devices>;

export function devices({ changeFactors, mailer, clock }: DevicesPorts) {
  async function renameOne({ account, origin }: Doing, id: string, typed: string): Promise<Result> {
    const at = clock.now();
    const name = cleanDeviceName(typed);
    if (name === undefined) return refuse('name-device');
    return changeFactors(account, {
      change: (current) => rename(current, id, name),
      events: [
        { kind: 'authenticator-renamed', at, authenticatorId: id, authenticatorName: name, ...origin },
      ],
      at,
      origin,
    });
  }

  /** Answers whether it was the last one: then the second factor is off. */
  async function removeOne(
    { account, sessionUid, origin }: Doing,
    id: string,
  ): Promise<Result<{ off: boolean }>> {
    const at = clock.now();
    const done = await changeFactors(account, {
      change: (current) => remove(current, id, at),
      at,
      origin,
      ends: { except: sessionUid, first: true },
    });
    if (!done.ok) return done;
    const [removed] = done.removed;
    const off = done.account.authenticators.length === 0;
    if (off) await mailer.post({ kind: 'plus-off', account, at });
    else if (removed)
      await mailer.post({ kind: 'device-removed', account, at, facts: { device: removed.name } });
    return { ok: true, off };
  }

  async function switchAllOff({ account, sessionUid, origin }: Doing): Promise<Result> {
    const at = clock.now();
    const done = await changeFactors(account, {
      change: (current) => switchOff(current, at),
      at,
      origin,
      ends: { except: sessionUid, first: true },
    });
    if (done.ok && done.removed.length > 0) await mailer.post({ kind: 'plus-off', account, at });
    return done;
  }

  return { rename: renameOne, remove: removeOne, switchOff: switchAllOff };
}
