/**
 * Pairing an authenticator app, whatever it is bound for: a secret to scan, and a password and a code that prove who
 * scanned it. Nothing counts before {@link completion}.
 */
import type { Account, Language } from '../core/account.ts';
import { cleanDeviceName, MAX_AUTHENTICATORS } from '../core/authenticators.ts';
import type { Origin } from '../core/event.ts';
import type { Facts, PendingAuthenticator } from '../core/facts.ts';
import { replacedOne } from '../core/goals.ts';
import { type Result, refuse } from '../core/refusal.ts';
import { keyUri, normalizeCode, refusalOf } from '../core/totp.ts';
import { sealedMatch, secretContext } from './authenticators.ts';
import type { InteractionRef } from './interaction.ts';
import { checkOwnPassword, type PasswordCheck } from './password-check.ts';
import type { Accounts, Clock, History, Progress, Random, SecretBox } from './ports.ts';

export interface PairingPorts {
  readonly accounts: Accounts;
  readonly progress: Progress;
  readonly secretBox: SecretBox;
  readonly history: History;
  readonly clock: Clock;
  readonly random: Random;
  readonly checkPassword: PasswordCheck;
  /** Makes a Base32 secret of 160 bits. */
  readonly newTotpSecret: () => string;
}

/** What an authenticator app needs to know, in both forms. */
export interface Key {
  readonly secret: string;
  readonly uri: string;
}

export interface TypedAtPairing {
  readonly password: string;
  readonly code: string;
  /** What the person calls the device; empty: they don't care. */
  readonly name: string;
}

export type Pairing = ReturnType<typeof pairing>;

/** `issuer` is the name that the app shows; `deviceName` what a device is called whose owner gave it no name. */
export function pairing(
  ports: PairingPorts,
  names: { readonly issuer: string; readonly deviceName: (language: Language, at: number) => string },
) {
  const { progress, secretBox, history, clock, random, checkPassword, newTotpSecret } = ports;

  /** Prepares a secret; doing it again keeps the first, so that a reloaded QR code stays the same. */
  async function begin(interaction: InteractionRef, account: Account): Promise<PendingAuthenticator> {
    const id = random.shortId();
    const prepared = { id, secret: secretBox.seal(newTotpSecret(), secretContext(account.id, id)) };
    const { pending = prepared } = await progress.record(interaction.uid, interaction.expiresAt, (facts) =>
      facts.pending
        ? facts
        : {
            ...facts,
            // Whose it is: the session that told may be somebody else's by the next request.
            accountId: account.id,
            ...replacing(interaction, account, facts),
            pending: prepared,
          },
    );
    return pending;
  }

  /** Notes which device is to be replaced, also where there is no choice: later there may be another one. */
  async function chooseReplaced(interaction: InteractionRef, account: Account, id: string): Promise<Result> {
    if (!account.authenticators.some((authenticator) => authenticator.id === id))
      return refuse('choose-device');
    await progress.record(interaction.uid, interaction.expiresAt, (facts) => ({ ...facts, replaces: id }));
    return { ok: true };
  }

  function keyOf(account: Account, pending: PendingAuthenticator): Key {
    const secret = secretBox.open(pending.secret, secretContext(account.id, pending.id));
    if (secret === undefined) throw new Error('a pending TOTP secret could not be opened');
    return { secret, uri: keyUri(names.issuer, account.username, secret) };
  }

  /** Password and the new device's code. The time step is noted here and spent when the authenticator is bound. */
  async function pair(
    interaction: InteractionRef,
    account: Account,
    pending: PendingAuthenticator,
    typed: TypedAtPairing,
    origin: Origin,
  ): Promise<Result> {
    if (interaction.demand.goal === 'device-add' && account.authenticators.length >= MAX_AUTHENTICATORS)
      return refuse('too-many-devices');
    const code = normalizeCode(typed.code);
    if (code === undefined) return refuse('malformed-code');
    const at = clock.now();
    const checked = await checkOwnPassword(checkPassword, account, typed.password, origin);
    if (!checked.ok) return checked;
    const match = sealedMatch(secretBox, pending.secret, secretContext(account.id, pending.id), code, at);
    if (match.kind !== 'in-window') {
      const refusal = refusalOf(match);
      await history.append(account.id, { kind: 'code-refused', at, because: refusal.because, ...origin });
      return refusal;
    }
    const name = cleanDeviceName(typed.name) ?? names.deviceName(account.language, at);
    await progress.record(interaction.uid, interaction.expiresAt, (facts) => {
      if (facts.pending?.id !== pending.id || facts.pending.paired) return facts;
      return { ...facts, pending: { ...facts.pending, paired: { at, timeStep: match.timeStep, name } } };
    });
    return { ok: true };
  }

  return { begin, chooseReplaced, keyOf, pair };
}

function replacing({ demand }: InteractionRef, account: Account, facts: Facts): Pick<Facts, 'replaces'> {
  const replaces = demand.goal === 'device-change' ? replacedOne(account, facts) : undefined;
  return replaces === undefined ? {} : { replaces };
}
