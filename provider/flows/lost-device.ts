/** Without the device: the password and the deletion code remove every second factor and end every other session. */
import type { Account } from '../core/account.ts';
import { spendDeletionCode } from '../core/authenticators.ts';
import { normalizeDeletionCode } from '../core/deletion-code.ts';
import type { Origin } from '../core/event.ts';
import { type Because, type Result, refuse } from '../core/refusal.ts';
import { passwordProvedHere, type Situation } from '../core/sign-in.ts';
import type { ThrottleRule } from '../core/throttle.ts';
import type { ChangeFactors } from './factor-change.ts';
import type { InteractionRef } from './interaction.ts';
import { checkOwnPassword, type PasswordCheck } from './password-check.ts';
import type { Clock, History, PasswordHasher, Progress, Throttles } from './ports.ts';

export interface LostDevicePorts {
  readonly changeFactors: ChangeFactors;
  readonly checkPassword: PasswordCheck;
  readonly progress: Progress;
  readonly throttles: Throttles;
  readonly hasher: PasswordHasher;
  readonly history: History;
  readonly clock: Clock;
}

export interface TypedWithoutDevice {
  readonly deletionCode: string;
  /** Looked at only where the password was not given in this interaction. */
  readonly password: string;
}

const THROTTLE = 'deletion-code';

export type LostDevice = ReturnType<typeof lostDevice>;

export function lostDevice(ports: LostDevicePorts, limit: ThrottleRule) {
  const { changeFactors, checkPassword, progress, throttles, hasher, history, clock } = ports;

  /** The hash of a right code, or why it is none. The slow work runs only after the throttle let it. */
  async function checkCode(
    account: Account,
    typed: string,
    origin: Origin,
  ): Promise<Result<{ hash: string }>> {
    const admitted = await throttles.attempt(THROTTLE, account.id, limit);
    if (!admitted.ok) return admitted;
    const verdict = await judged(account, normalizeDeletionCode(typed));
    if (verdict.ok) {
      await throttles.clear(THROTTLE, account.id);
      return verdict;
    }
    const at = clock.now();
    const refused = { kind: 'deletion-code-refused', at, because: verdict.because, ...origin } as const;
    // Whoever got here knew the password: the owner must hear of it (ASVS 5.0 §6.3.5).
    const warning = admitted.pauses ? [{ kind: 'codes-refused', account, at } as const] : [];
    await history.append(account.id, refused, warning);
    return verdict;
  }

  /** A fault of ours is no wrong code: the try is given back before the fault goes on. */
  async function judged(account: Account, code: string): Promise<Result<{ hash: string }>> {
    const { deletionCode, formerDeletionCode: former } = account;
    try {
      if ((await hasher.verify(deletionCode?.hash, code)) && deletionCode) {
        return { ok: true, hash: deletionCode.hash };
      }
      const known = former && (await hasher.verify(former.hash, code));
      return refuse(known ? FORMER[former.because] : 'wrong-deletion-code');
    } catch (fault) {
      await throttles.giveBack(THROTTLE, account.id, limit);
      throw fault;
    }
  }

  /** All devices gone and the code spent in one write: of parallel tries exactly one wins. */
  async function submit(
    interaction: InteractionRef,
    situation: Situation & { readonly account: Account },
    typed: TypedWithoutDevice,
    origin: Origin,
  ): Promise<Result> {
    const { account } = situation;
    const busyMs = hasher.busyMs();
    if (busyMs !== undefined) return refuse('overloaded', clock.now() + busyMs);
    if (!passwordProvedHere(situation)) {
      const proved = await provePassword(interaction, account, typed.password, origin);
      if (!proved.ok) return proved;
    }
    const checked = await checkCode(account, typed.deletionCode, origin);
    if (!checked.ok) return checked;
    const at = clock.now();
    return changeFactors(account, {
      change: (current) => spendDeletionCode(current, checked.hash, at),
      events: [{ kind: 'deletion-code-used', at, ...origin }],
      letters: (_, before) => [{ kind: 'deletion-code-used', account: before, at }],
      at,
      origin,
      ends: { except: interaction.demand.session?.uid, first: true },
    });
  }

  /** A session may have begun hours ago with its password: the deletion code takes one given now. */
  async function provePassword(
    { uid, expiresAt }: InteractionRef,
    account: Account,
    password: string,
    origin: Origin,
  ): Promise<Result> {
    const proved = { factor: 'password', at: clock.now() } as const;
    const checked = await checkOwnPassword(checkPassword, account, password, origin);
    if (!checked.ok) return checked;
    await progress.record(uid, expiresAt, (facts) => ({
      ...facts,
      accountId: account.id,
      verified: [...facts.verified, proved],
    }));
    return { ok: true };
  }

  return { submit };
}

const FORMER = {
  used: 'deletion-code-used',
  replaced: 'deletion-code-replaced',
} as const satisfies Record<string, Because>;
