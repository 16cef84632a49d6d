/** Enrolling an authenticator app: a secret to scan, a code to prove it, a deletion code to keep, and then one commit. */
import type { Account, Authenticator, Language } from '../core/account.ts';
import { DELETION_CODE_BYTES, normalizeDeletionCode, spellDeletionCode } from '../core/deletion-code.ts';
import type { AccountEvent, Origin } from '../core/event.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { Facts, PendingAuthenticator } from '../core/sign-in.ts';
import { type CodeMatch, keyUri, normalizeCode } from '../core/totp.ts';
import { sealedMatch, secretContext } from './authenticators.ts';
import type { PasswordCheck } from './password-check.ts';
import type {
  Accounts,
  Clock,
  History,
  Mailer,
  PasswordHasher,
  Progress,
  Random,
  SecretBox,
} from './ports.ts';
import type { InteractionRef } from './sign-in.ts';

export interface EnrolmentPorts {
  readonly accounts: Accounts;
  readonly progress: Progress;
  readonly secretBox: SecretBox;
  readonly hasher: PasswordHasher;
  readonly mailer: Mailer;
  readonly history: History;
  readonly clock: Clock;
  readonly random: Random;
  readonly checkPassword: PasswordCheck;
  /** Makes a Base32 secret of 160 bits. */
  readonly newTotpSecret: () => string;
}

/** What an authenticator app needs to know, in both forms. */
export interface Pairing {
  readonly secret: string;
  readonly uri: string;
}

export type Enrolment = ReturnType<typeof enrolment>;

export function enrolment(
  ports: EnrolmentPorts,
  names: { readonly issuer: string; readonly device: (language: Language) => string },
) {
  const { accounts, progress, secretBox, hasher, mailer, history, clock, random } = ports;
  const { checkPassword, newTotpSecret } = ports;

  /** Prepares a secret; doing it again keeps the first, so that a reloaded QR code stays the same. */
  async function begin(interaction: InteractionRef, account: Account): Promise<void> {
    const id = random.id();
    const secret = secretBox.seal(newTotpSecret(), secretContext(account.id, id));
    await progress.record(interaction.uid, interaction.expiresAt, (facts) => ({
      ...facts,
      pending: facts.pending ?? { id, secret },
    }));
  }

  function pairingOf(account: Account, pending: PendingAuthenticator): Pairing {
    const secret = secretBox.open(pending.secret, secretContext(account.id, pending.id));
    if (secret === undefined) throw new Error('a pending TOTP secret could not be opened');
    return { secret, uri: keyUri(names.issuer, account.username, secret) };
  }

  /** Password and the new device's code. The time step is noted here and spent when the authenticator is bound. */
  async function pair(
    interaction: InteractionRef,
    account: Account,
    pending: PendingAuthenticator,
    typed: { password: string; code: string },
    origin: Origin,
  ): Promise<Result> {
    const code = normalizeCode(typed.code);
    if (code === undefined) return refuse('malformed-code');
    const checked = await checkPassword({ username: account.username, password: typed.password }, origin);
    if (!checked.ok) return checked;
    const now = clock.now();
    const match = sealedMatch(secretBox, pending.secret, secretContext(account.id, pending.id), code, now);
    if (match.kind !== 'in-window') {
      const refusal = refuseMatch(match);
      await history.append(account.id, {
        kind: 'code-refused',
        at: now,
        because: refusal.because,
        ...origin,
      });
      return refusal;
    }

    const deletionCode = secretBox.seal(
      spellDeletionCode(random.bytes(DELETION_CODE_BYTES)),
      deletionCodeContext(account.id, pending.id),
    );
    await progress.record(interaction.uid, interaction.expiresAt, (facts) => {
      if (facts.pending?.id !== pending.id || facts.pending.paired) return facts;
      return {
        ...facts,
        pending: { ...facts.pending, paired: { at: now, timeStep: match.timeStep, deletionCode } },
      };
    });
    return { ok: true };
  }

  function deletionCodeOf(account: Account, pending: PendingAuthenticator): string {
    const sealed = pending.paired?.deletionCode;
    const spelled = sealed && secretBox.open(sealed, deletionCodeContext(account.id, pending.id));
    if (spelled === undefined) throw new Error('a pending deletion code could not be opened');
    return spelled;
  }

  /** BEFEJEZÉS: binds the authenticator, its spent time step and the deletion code in one atomic change. */
  async function complete(
    interaction: InteractionRef,
    account: Account,
    pending: PendingAuthenticator,
    origin: Origin,
  ): Promise<Result> {
    const { paired } = pending;
    if (!paired) return refuse('wrong-code');
    const now = clock.now();
    const hash = await hasher.hash(normalizeDeletionCode(deletionCodeOf(account, pending)));
    const authenticator: Authenticator = {
      id: pending.id,
      kind: 'totp',
      name: names.device(account.language),
      secret: pending.secret,
      boundAt: now,
      lastUsedAt: paired.at,
      lastTimeStep: paired.timeStep,
    };
    const event: AccountEvent = {
      kind: 'authenticator-bound',
      at: now,
      authenticatorId: pending.id,
      ...origin,
    };
    const bound = await accounts.update(account.id, (current) => {
      const [already] = current.authenticators;
      if (already) return { account: current, result: alreadyBound(already.id === pending.id) };
      const deletionCode = { hash, issuedAt: now };
      return {
        account: { ...current, authenticators: [authenticator], deletionCode, codeFailures: { inARow: 0 } },
        events: [event],
        result: { ok: true, again: false } as Bound,
      };
    });
    if (!bound?.ok) return bound ?? refuse('wrong-code');
    if (bound.again) return bound;
    await progress.record(interaction.uid, interaction.expiresAt, (facts) =>
      enrolledFacts(facts, account.id, paired.at),
    );
    await mailer.post({ kind: 'enrolled', account, at: now });
    return bound;
  }

  /** The person has read the success page. */
  async function acknowledge(interaction: InteractionRef): Promise<void> {
    await progress.record(interaction.uid, interaction.expiresAt, (facts) => ({ ...facts, enrolled: false }));
  }

  return { begin, pairingOf, pair, deletionCodeOf, complete, acknowledge };
}

type Bound = Result<{ again: boolean }>;

/** BEFEJEZÉS pressed twice is no mistake; a device of another enrolment is. */
function alreadyBound(same: boolean): Bound {
  return same ? { ok: true, again: true } : refuse('already-enrolled');
}

function deletionCodeContext(accountId: string, authenticatorId: string): string {
  return `deletion-code:${accountId}:${authenticatorId}`;
}

function refuseMatch(match: CodeMatch) {
  return refuse(match.kind === 'out-of-window' ? 'code-old' : 'wrong-code');
}

/** Pairing proved both the password and the new device, at one moment. */
function enrolledFacts({ pending: _, ...facts }: Facts, accountId: string, at: number): Facts {
  const proved = [{ factor: 'password', at } as const, { factor: 'totp', at } as const];
  return { ...facts, accountId, verified: [...facts.verified, ...proved], enrolled: true };
}
