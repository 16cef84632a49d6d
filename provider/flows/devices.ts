/** What a person does with the devices that they have: name them, remove them, switch the second factor off. */
import type { Account } from '../core/account.ts';
import { type Changed, cleanDeviceName, remove, rename, switchOff } from '../core/authenticators.ts';
import type { Origin } from '../core/event.ts';
import type { Mail } from '../core/mail.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { ChangeFactors } from './factor-change.ts';
import type { Clock } from './ports.ts';

export interface DevicesPorts {
  readonly changeFactors: ChangeFactors;
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

export function devices({ changeFactors, clock }: DevicesPorts) {
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
      letters: (done, before) => removalLetters(done, before, at),
      at,
      origin,
      ends: { except: sessionUid, first: true },
    });
    return done.ok ? { ok: true, off: isOff(done.account) } : done;
  }

  async function switchAllOff({ account, sessionUid, origin }: Doing): Promise<Result> {
    const at = clock.now();
    return changeFactors(account, {
      change: (current) => switchOff(current, at),
      letters: (done, before) => removalLetters(done, before, at),
      at,
      origin,
      ends: { except: sessionUid, first: true },
    });
  }

  return { rename: renameOne, remove: removeOne, switchOff: switchAllOff };
}

const isOff = ({ authenticators }: Account) => authenticators.length === 0;

function removalLetters(
  { account, removed: [removed] }: Extract<Changed, { ok: true }>,
  before: Account,
  at: number,
): Mail[] {
  if (!removed) return [];
  const told = { account: before, at };
  if (isOff(account)) return [{ kind: 'plus-off', ...told }];
  return [{ kind: 'device-removed', ...told, facts: { device: removed.name } }];
}
