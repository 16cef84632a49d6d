/** Registering citizens, for the command line today and the desk tomorrow. */
import { type Account, type Language, normalizeUsername, type Person, type Role } from '../core/account.ts';
import { secretContext } from './authenticators.ts';
import type { PasswordChoice, PasswordRefusal } from './password-choice.ts';
import type { PasswordLinks, SentLink } from './password-links.ts';
import { type Accounts, type Clock, Overloaded, type Random, type SecretBox } from './ports.ts';

export interface NewAccount {
  readonly username: string;
  /** Absent: a link by which the person chooses one is mailed to them. */
  readonly password?: string;
  readonly email: string;
  readonly person?: Person;
  readonly language?: Language;
  readonly roles?: readonly Role[];
  /** Base32; binds an authenticator that already has it, for migrations and tests. */
  readonly totpSecret?: string;
}

export type Registered =
  | { readonly ok: true; readonly account: Account; readonly activation?: SentLink }
  | { readonly ok: false; readonly because: 'username-taken' | PasswordRefusal['because'] };

export interface RegistrationPorts {
  readonly accounts: Accounts;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: Clock;
  readonly passwordChoice: PasswordChoice;
  readonly passwordLinks: PasswordLinks;
}

export interface RegistrationRules {
  readonly deviceName: (language: Language, at: number) => string;
}

export function registerAccount(ports: RegistrationPorts, rules: RegistrationRules) {
  const { accounts, secretBox, random, clock, passwordChoice: choice, passwordLinks } = ports;

  function authenticatorsWith(
    accountId: string,
    language: Language,
    totpSecret: string | undefined,
  ): Account['authenticators'] {
    if (totpSecret === undefined) return [];
    const id = random.id();
    const secret = secretBox.seal(totpSecret, secretContext(accountId, id));
    const boundAt = clock.now();
    return [
      { id, kind: 'totp', name: rules.deviceName(language, boundAt), secret, boundAt, lastTimeStep: 0 },
    ];
  }

  async function passwordOf({ password }: NewAccount, now: number): Promise<Pick<Account, 'password'>> {
    if (password === undefined) return {};
    const hashed = await choice.hash(password);
    if (!hashed.ok) throw new Overloaded('too many passwords are waiting to be hashed');
    return { password: { hash: hashed.hash, changedAt: now } };
  }

  return async (wanted: NewAccount): Promise<Registered> => {
    const fault = wanted.password === undefined ? undefined : choice.fault(wanted.password, wanted);
    if (fault) return { ok: false, because: fault.because };
    const id = random.id();
    const now = clock.now();
    const language = wanted.language ?? 'hu';
    const account: Account = {
      id,
      username: normalizeUsername(wanted.username),
      email: wanted.email,
      language,
      status: 'active',
      roles: wanted.roles ?? [],
      person: wanted.person ?? {},
      ...(await passwordOf(wanted, now)),
      authenticators: authenticatorsWith(id, language, wanted.totpSecret),
      codeFailures: { inARow: 0 },
      createdAt: now,
    };
    const created = await accounts.create(account, { kind: 'account-created', at: now });
    if (!created) return { ok: false, because: 'username-taken' };
    if (account.password) return { ok: true, account };
    return { ok: true, account, activation: await passwordLinks.send(account, 'activation') };
  };
}
