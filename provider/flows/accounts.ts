/** Registering citizens and staff, for the command line, the desk and the API. */
import { type Account, type Language, normalizeUsername, type Person, type Role } from '../core/account.ts';
import { circumstances, type Doing } from '../core/doing.ts';
import { secretContext } from './authenticators.ts';
import type { StaffRoles } from './desk/roles.ts';
import type { PasswordChoice, PasswordRefusal } from './password-choice.ts';
import type { PasswordLinks, SentLink } from './password-links.ts';
import { type Accounts, type Clock, Overloaded, type Random, type SecretBox } from './ports.ts';

export interface NewAccount {
  readonly username: string;
  /** Absent: a link by which the person chooses one is mailed to them. */
  readonly password?: string;
  /** As another system made it, and `core/password-hash.ts` lets it in; ours takes its place at the next login. */
  readonly passwordHash?: string;
  readonly email: string;
  readonly person?: Person;
  readonly language?: Language;
  readonly roles?: readonly Role[];
  /** Nobody real: see {@link Account.test}. */
  readonly test?: boolean;
  /** Base32; binds an authenticator that already has it, for migrations and tests. */
  readonly totpSecret?: string;
}

export type Registered =
  | { readonly ok: true; readonly account: Account; readonly activation?: SentLink }
  | { readonly ok: false; readonly because: 'username-taken' | PasswordRefusal['because'] };

/** An account of another system: never staff here, and its password comes as a hash or not at all. */
export type Imported = Omit<NewAccount, 'password' | 'roles' | 'test'>;

export type Taken = 'imported' | 'there-already' | 'username-taken';

export interface RegistrationPorts {
  readonly accounts: Accounts;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: Clock;
  readonly passwordChoice: PasswordChoice;
  readonly passwordLinks: PasswordLinks;
  readonly staffRoles: StaffRoles;
}

export interface RegistrationRules {
  readonly deviceName: (language: Language, at: number) => string;
  /** The id of an account that was written like this elsewhere: always the same, and by nobody else to be guessed. */
  readonly importedId: (written: string) => string;
}

export type Registration = ReturnType<typeof registration>;

export function registration(ports: RegistrationPorts, rules: RegistrationRules) {
  const { accounts, secretBox, random, clock, passwordChoice: choice } = ports;
  const { passwordLinks, staffRoles } = ports;

  function authenticatorsWith(
    accountId: string,
    language: Language,
    totpSecret: string | undefined,
  ): Account['authenticators'] {
    if (totpSecret === undefined) return [];
    const id = random.shortId();
    const secret = secretBox.seal(totpSecret, secretContext(accountId, id));
    const boundAt = clock.now();
    return [
      { id, kind: 'totp', name: rules.deviceName(language, boundAt), secret, boundAt, lastTimeStep: 0 },
    ];
  }

  async function passwordOf(wanted: NewAccount, now: number): Promise<Pick<Account, 'password'>> {
    const { password, passwordHash } = wanted;
    if (passwordHash !== undefined) return { password: { hash: passwordHash, changedAt: now } };
    if (password === undefined) return {};
    const hashed = await choice.hash(password);
    if (!hashed.ok) throw new Overloaded('too many passwords are waiting to be hashed');
    return { password: { hash: hashed.hash, changedAt: now } };
  }

  /** With a role at a time: an account that a crash leaves without one gets it by being given it again. */
  async function withRoles(account: Account, roles: readonly Role[], doing: Doing): Promise<Account> {
    let staff = account;
    for (const role of roles) {
      const given = await staffRoles.give(account.id, role, doing);
      if (given.ok) staff = given.account;
    }
    return staff;
  }

  async function newAccount(id: string, now: number, wanted: NewAccount): Promise<Account> {
    const language = wanted.language ?? 'hu';
    return {
      id,
      username: normalizeUsername(wanted.username),
      email: wanted.email,
      language,
      status: 'active',
      roles: [],
      person: wanted.person ?? {},
      ...(await passwordOf(wanted, now)),
      authenticators: authenticatorsWith(id, language, wanted.totpSecret),
      codeFailures: { inARow: 0 },
      ...(wanted.test && { test: true }),
      createdAt: now,
    };
  }

  async function register(wanted: NewAccount, doing: Doing): Promise<Registered> {
    const fault = wanted.password === undefined ? undefined : await choice.fault(wanted.password, wanted);
    if (fault) return { ok: false, because: fault.because };
    const now = clock.now();
    const told = circumstances(doing);
    const account = await newAccount(random.id(), now, wanted);
    const created = await accounts.create(account, { kind: 'account-created', at: now, ...told });
    if (!created) return { ok: false, because: 'username-taken' };
    const registered = await withRoles(account, wanted.roles ?? [], doing);
    if (account.password) return { ok: true, account: registered };
    const activation = await passwordLinks.send(registered, 'activation', told);
    return { ok: true, account: registered, activation };
  }

  /**
   * Registers somebody of another system, as often as asked: the account's id comes from what is wanted, so that the
   * same is there once, and who has the name of another is refused. Nobody is mailed, with or without a password.
   */
  async function take(wanted: Imported, doing: Doing): Promise<Taken> {
    const id = rules.importedId(JSON.stringify(wanted));
    const at = clock.now();
    const account = await newAccount(id, at, wanted);
    const created = await accounts.create(account, { kind: 'account-created', at, ...circumstances(doing) });
    if (created) return 'imported';
    const owner = await accounts.findByUsername(wanted.username);
    return owner?.id === id ? 'there-already' : 'username-taken';
  }

  return { registerAccount: register, importAccount: take };
}
