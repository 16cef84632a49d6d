/** Registering citizens, for the command line today and the desk tomorrow. */
import { type Account, type Language, normalizeUsername, type Person, type Role } from '../core/account.ts';
import {
  normalizePassword,
  type PasswordFault,
  type PasswordRules,
  passwordFaults,
} from '../core/password.ts';
import { secretContext } from './authenticators.ts';
import type { Accounts, Clock, PasswordHasher, Random, SecretBox } from './ports.ts';

export interface NewAccount {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly person?: Person;
  readonly language?: Language;
  readonly roles?: readonly Role[];
  /** Base32; binds an authenticator that already has it, for migrations and tests. */
  readonly totpSecret?: string;
}

export type Registered =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly because: 'username-taken' | PasswordFault };

export interface RegistrationPorts {
  readonly accounts: Accounts;
  readonly hasher: PasswordHasher;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: Clock;
}

export interface RegistrationRules {
  readonly password: PasswordRules;
  readonly serviceNames: readonly string[];
  readonly deviceName: (language: Language) => string;
}

export function registerAccount(ports: RegistrationPorts, rules: RegistrationRules) {
  const { accounts, hasher, secretBox, random, clock } = ports;

  function authenticatorsWith(
    accountId: string,
    language: Language,
    totpSecret: string | undefined,
  ): Account['authenticators'] {
    if (totpSecret === undefined) return [];
    const id = random.id();
    const secret = secretBox.seal(totpSecret, secretContext(accountId, id));
    return [
      { id, kind: 'totp', name: rules.deviceName(language), secret, boundAt: clock.now(), lastTimeStep: 0 },
    ];
  }

  return async (wanted: NewAccount): Promise<Registered> => {
    const { serviceNames } = rules;
    const [fault] = passwordFaults(wanted.password, { ...wanted, serviceNames }, rules.password);
    if (fault) return { ok: false, because: fault };
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
      password: { hash: await hasher.hash(normalizePassword(wanted.password)), changedAt: now },
      authenticators: authenticatorsWith(id, language, wanted.totpSecret),
      codeFailures: { inARow: 0 },
      createdAt: now,
    };
    const created = await accounts.create(account, { kind: 'account-created', at: now });
    return created ? { ok: true, account } : { ok: false, because: 'username-taken' };
  };
}
