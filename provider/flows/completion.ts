/** BEFEJEZÉS: the deletion code to keep, and then the one commit that makes a paired device, or the new code, count. */
import type { Account, DeletionCode } from '../core/account.ts';
import { type BindingPurpose, bind, type Changed, renewDeletionCode } from '../core/authenticators.ts';
import { DELETION_CODE_BYTES, normalizeDeletionCode, spellDeletionCode } from '../core/deletion-code.ts';
import type { Origin } from '../core/event.ts';
import type { Facts } from '../core/facts.ts';
import { type Purpose, purposeOf } from '../core/goals.ts';
import type { Mail } from '../core/mail.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { ChangeFactors } from './factor-change.ts';
import type { InteractionRef } from './interaction.ts';
import type { Clock, PasswordHasher, Progress, Random, SecretBox } from './ports.ts';

export interface CompletionPorts {
  readonly changeFactors: ChangeFactors;
  readonly progress: Progress;
  readonly secretBox: SecretBox;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly random: Random;
}

export type Completion = ReturnType<typeof completion>;

export function completion(ports: CompletionPorts) {
  const { changeFactors, progress, secretBox, hasher, clock, random } = ports;

  /** The code to be kept; made when it is first looked at, and the same from then on. */
  async function deletionCodeOf(interaction: InteractionRef, account: Account): Promise<string> {
    const id = random.shortId();
    const fresh = spellDeletionCode(random.bytes(DELETION_CODE_BYTES));
    const made = { id, sealed: secretBox.seal(fresh, contextOf(account, id)) };
    const facts = await progress.record(interaction.uid, interaction.expiresAt, (current) =>
      current.deletionCode ? current : { ...current, accountId: account.id, deletionCode: made },
    );
    return opened(account, facts.deletionCode ?? made);
  }

  function opened(account: Account, { id, sealed }: NonNullable<Facts['deletionCode']>): string {
    const spelled = secretBox.open(sealed, contextOf(account, id));
    if (spelled === undefined) throw new Error('a pending deletion code could not be opened');
    return spelled;
  }

  /** Refused when the deletion code was never shown; pressed twice, it is done once. */
  async function complete(
    interaction: InteractionRef,
    account: Account,
    facts: Facts,
    origin: Origin,
  ): Promise<Result> {
    const shown = facts.deletionCode;
    if (!shown) return refuse('not-saved');
    const at = clock.now();
    const hash = await hasher.hash(normalizeDeletionCode(opened(account, shown)));
    const deletionCode = { id: shown.id, hash, issuedAt: at };
    const purpose = purposeOf(interaction.demand.goal, account);
    const done =
      purpose === 'deletion-code'
        ? await renew(account, deletionCode, origin)
        : await bound(purpose, interaction, account, facts, deletionCode, origin);
    if (!done.ok) return done;
    await progress.record(interaction.uid, interaction.expiresAt, (current) =>
      current.achieved ? current : achieved(current, account.id, purpose),
    );
    return { ok: true };
  }

  function renew(account: Account, deletionCode: DeletionCode, origin: Origin): Promise<Changed> {
    const at = deletionCode.issuedAt;
    return changeFactors(account, {
      change: (current) => renewDeletionCode(current, deletionCode),
      events: [{ kind: 'deletion-code-issued', at, ...origin }],
      letters: (_, before) => [{ kind: 'deletion-code-new', account: before, at }],
      at,
      origin,
    });
  }

  /** The old device stops, and the new one with its spent time step and the deletion code counts, at one moment. */
  async function bound(
    purpose: BindingPurpose,
    { demand }: InteractionRef,
    account: Account,
    { pending, replaces }: Facts,
    deletionCode: DeletionCode,
    origin: Origin,
  ): Promise<Changed> {
    if (!pending?.paired) return refuse('wrong-code');
    const { id, secret, paired } = pending;
    const at = deletionCode.issuedAt;
    const authenticator = {
      id,
      kind: 'totp' as const,
      name: paired.name,
      secret,
      boundAt: at,
      lastUsedAt: paired.at,
      lastTimeStep: paired.timeStep,
    };
    const added = { authenticator, deletionCode, ...(replaces !== undefined && { replaces }) };
    return changeFactors(account, {
      change: (current) => bind(current, purpose, added),
      events: [
        { kind: 'authenticator-bound', at, authenticatorId: id, authenticatorName: paired.name, ...origin },
      ],
      letters: (_, before) => [letterOf(purpose, { account: before, at }, paired.name)],
      at,
      origin,
      ...(purpose === 'device-change' && { ends: { except: demand.session?.uid } }),
    });
  }

  /** The person has read the success page. */
  async function acknowledge(interaction: InteractionRef): Promise<void> {
    await progress.record(interaction.uid, interaction.expiresAt, (facts) =>
      facts.achieved ? { ...facts, achieved: { ...facts.achieved, acknowledged: true } } : facts,
    );
  }

  return { deletionCodeOf, complete, acknowledge };
}

function letterOf(purpose: BindingPurpose, told: Pick<Mail, 'account' | 'at'>, device: string): Mail {
  if (purpose === 'enrol') return { kind: 'enrolled', ...told };
  return { kind: purpose === 'device-add' ? 'device-added' : 'device-changed', ...told, facts: { device } };
}

function contextOf(account: Account, id: string): string {
  return `deletion-code:${account.id}:${id}`;
}

/** Pairing proved both the password and the new device, at one moment; what was pending is no longer. */
function achieved(
  { pending, deletionCode: _, replaces: __, ...facts }: Facts,
  accountId: string,
  purpose: Purpose,
): Facts {
  const at = pending?.paired?.at;
  const proved =
    pending && at !== undefined
      ? [{ factor: 'password', at } as const, { factor: 'totp', at, authenticatorId: pending.id } as const]
      : [];
  const verified = [...facts.verified, ...proved];
  return { ...facts, accountId, verified, achieved: { purpose, acknowledged: false } };
}
