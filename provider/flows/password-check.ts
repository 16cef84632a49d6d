/** Holding a typed password against an account, for every page that asks for one. */
import { type Account, normalizeUsername } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import { normalizePassword } from '../core/password.ts';
import { type Refusal, type Result, refuse } from '../core/refusal.ts';
import type { Attempt, ThrottleRule } from '../core/throttle.ts';
import type { Accounts, Background, Clock, History, Mailer, PasswordHasher, Throttles } from './ports.ts';

export interface PasswordCheckPorts {
  readonly accounts: Accounts;
  readonly throttles: Throttles;
  readonly hasher: PasswordHasher;
  readonly history: History;
  readonly mailer: Mailer;
  readonly background: Background;
  readonly clock: Clock;
}

export interface PasswordLimits {
  readonly perAccount: ThrottleRule;
  readonly perAddress: ThrottleRule;
}

export type PasswordCheck = (
  typed: { username: string; password: string },
  origin: Origin,
) => Promise<Result<{ account: Account }>>;

/**
 * An unknown name, a wrong password and a locked or closed account are refused alike, after the same work.
 * The throttles count by the typed name, so that they don't tell whether an account exists.
 */
export function passwordCheck(ports: PasswordCheckPorts, limits: PasswordLimits): PasswordCheck {
  const { accounts, throttles, hasher, history, mailer, background, clock } = ports;

  async function admit(username: string, address: string): Promise<Attempt> {
    const byAddress = await throttles.attempt('password-address', address, limits.perAddress);
    if (!byAddress.ok) return byAddress;
    const byAccount = await throttles.attempt('password', username, limits.perAccount);
    if (!byAccount.ok) await throttles.giveBack('password-address', address, limits.perAddress);
    return byAccount;
  }

  /** Event and mail are not waited for: the wait would tell that the account exists. */
  function refused(account: Account | undefined, pauses: boolean, origin: Origin): Refusal {
    const at = clock.now();
    // Of a closed account nothing is kept any more, and nobody is there to be told.
    if (account && account.status !== 'closed') {
      const event = { kind: 'password-refused', at, because: 'wrong-credentials', ...origin } as const;
      background.run('history', () => history.append(account.id, event));
      if (pauses) background.run('mail', () => mailer.post({ kind: 'login-paused', account, at }));
    }
    return refuse('wrong-credentials');
  }

  async function rehash(account: Account, password: string): Promise<void> {
    const outdated = account.password?.hash;
    if (!outdated || !hasher.outdated(outdated)) return;
    const hash = await hasher.hash(password);
    await accounts.update(account.id, (current) => {
      if (current.password?.hash !== outdated) return { account: current, result: undefined };
      return { account: { ...current, password: { ...current.password, hash } }, result: undefined };
    });
  }

  /** A fault of ours is no wrong password: the try is given back before the fault goes on. */
  async function verify(username: string, password: string, address: string) {
    try {
      const account = await accounts.findByUsername(username);
      return { account, matches: await hasher.verify(account?.password?.hash, password) };
    } catch (fault) {
      await Promise.allSettled([
        throttles.giveBack('password', username, limits.perAccount),
        throttles.giveBack('password-address', address, limits.perAddress),
      ]);
      throw fault;
    }
  }

  return async (typed, origin) => {
    const username = normalizeUsername(typed.username);
    const password = normalizePassword(typed.password);
    const admitted = await admit(username, origin.address);
    if (!admitted.ok) return admitted;

    const { account, matches } = await verify(username, password, origin.address);
    if (!account || !matches || account.status !== 'active') {
      return refused(account, admitted.pauses, origin);
    }
    await Promise.all([
      throttles.clear('password', username),
      throttles.giveBack('password-address', origin.address, limits.perAddress),
    ]);
    background.run('rehash', () => rehash(account, password));
    return { ok: true, account };
  };
}
