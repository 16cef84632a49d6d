/** Holding a typed password against an account, for every page that asks for one. */
import { type Account, normalizeUsername } from '../core/account.ts';
import type { Origin } from '../core/event.ts';
import { normalizePassword } from '../core/password.ts';
import { type Refusal, type Result, refuse } from '../core/refusal.ts';
import { type PasswordLimits, passwordAdmission } from './password-admission.ts';
import {
  type Accounts,
  type Background,
  type Clock,
  type History,
  Overloaded,
  type PasswordHasher,
  type Throttles,
} from './ports.ts';

export interface PasswordCheckPorts {
  readonly accounts: Accounts;
  readonly throttles: Throttles;
  readonly hasher: PasswordHasher;
  readonly history: History;
  readonly background: Background;
  readonly clock: Clock;
}

/** Whoever has proved a factor of the account: all their tries count together, however many sessions they have. */
export const SIGNED_IN = 'signed-in';

/** Of somebody who is known already: no user name was typed that could be wrong, and the refusal does not name one. */
export async function checkOwnPassword(
  check: PasswordCheck,
  { username }: Pick<Account, 'username'>,
  password: string,
  origin: Origin,
): Promise<Result<{ account: Account }>> {
  const checked = await check({ username, password, trusted: SIGNED_IN }, origin);
  return checked.ok || checked.because !== 'wrong-credentials' ? checked : refuse('wrong-password');
}

export interface TypedPassword {
  readonly username: string;
  readonly password: string;
  /** {@link SIGNED_IN} or a known browser's name: no stranger, so no stranger can use up their tries. Few names. */
  readonly trusted?: string;
  /** Of a known browser: from a later change of the password on it is a stranger's. Milliseconds since the epoch. */
  readonly trustedSince?: number;
}

export interface PasswordCheck {
  (typed: TypedPassword, origin: Origin): Promise<Result<{ account: Account }>>;
  /** This request will check a password of that user name, typed at that address, as {@link Progress.expect}. */
  expect(username: string, address: string): void;
}

/** For who slipped in between, when the hasher has no time for them after all. */
export const OVERLOADED_MS = 10_000;
/**
 * An unknown name, a wrong password and a locked or closed account are refused alike, after the same work.
 * The throttles count by the typed name, so that they don't tell whether an account exists.
 */
export function passwordCheck(ports: PasswordCheckPorts, limits: PasswordLimits): PasswordCheck {
  const { accounts, hasher, history, background, clock } = ports;
  const admission = passwordAdmission(ports, limits);

  /**
   * Waits for the account only where a cookie of ours shows that there is one. Nobody has a list of the browsers that an
   * account knows: when the desk lifts the pauses, their tries are counted under other names from then on.
   */
  async function stillTrusted(
    { trusted, trustedSince }: TypedPassword,
    finding: Promise<Account | undefined>,
  ): Promise<string | undefined> {
    if (trusted === undefined || trustedSince === undefined) return trusted;
    const { password, pausesLiftedAt } = (await finding) ?? {};
    if (trustedSince < (password?.changedAt ?? 0)) return undefined;
    return pausesLiftedAt === undefined ? trusted : `${trusted}\n${pausesLiftedAt}`;
  }

  /** Event and mail are not waited for: the wait would tell that the account exists. */
  function refused(account: Account | undefined, pauses: boolean, origin: Origin): Refusal {
    const at = clock.now();
    // Of a closed account nothing is kept any more, and nobody is there to be told.
    if (account && account.status !== 'closed') {
      const event = { kind: 'password-refused', at, because: 'wrong-credentials', ...origin } as const;
      const warning = pauses ? [{ kind: 'login-paused', account, at } as const] : [];
      background.run('history', () => history.append(account.id, event, warning));
    }
    return refuse('wrong-credentials');
  }

  async function rehash(account: Account, password: string): Promise<void> {
    const outdated = account.password?.hash;
    // The next login will do it as well.
    if (!outdated || !hasher.outdated(outdated) || hasher.busyMs() !== undefined) return;
    const hash = await hasher.hash(password);
    await accounts.update(account.id, (current) => {
      if (current.password?.hash !== outdated) return { account: current, result: undefined };
      return { account: { ...current, password: { ...current.password, hash } }, result: undefined };
    });
  }

  async function check(typed: TypedPassword, origin: Origin): Promise<Result<{ account: Account }>> {
    const busyMs = hasher.busyMs();
    if (busyMs !== undefined) return refuse('overloaded', clock.now() + busyMs);
    const username = normalizeUsername(typed.username);
    const password = normalizePassword(typed.password);
    // Looking an account up spends and tells nothing: it need not wait for the throttles.
    const finding = accounts.findByUsername(username);
    finding.catch(() => undefined);
    const trusted = await stillTrusted(typed, finding);
    const admitted = await admission.begin({ username, trusted, address: origin.address });
    if (!admitted.ok) return admitted;

    try {
      const account = await finding;
      const matches = await admitted.during(() => hasher.verify(account?.password?.hash, password));
      if (!account || !matches || account.status !== 'active') {
        return refused(account, admitted.pauses, origin);
      }
      await admitted.right();
      background.run('rehash', () => rehash(account, password));
      return { ok: true, account };
    } catch (fault) {
      // A fault of ours is no wrong password.
      await admitted.takeBack();
      if (fault instanceof Overloaded) return refuse('overloaded', clock.now() + OVERLOADED_MS);
      throw fault;
    }
  }

  return Object.assign(check, {
    expect(username: string, address: string) {
      accounts.expectUsername(normalizeUsername(username));
      admission.expect(address);
    },
  });
}
