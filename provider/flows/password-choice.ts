/** Choosing a password, wherever that happens: what is accepted, and why not, and how to choose a better one. */
import {
  type Chooser,
  normalizePassword,
  type PasswordAdviser,
  type PasswordFault,
  type PasswordRules,
  passwordFaults,
} from '../core/password.ts';
import { type Refusal, type Result, refuse } from '../core/refusal.ts';
import { Overloaded, type PasswordHasher } from './ports.ts';

export interface PasswordChoicePorts {
  readonly hasher: PasswordHasher;
  readonly advise: PasswordAdviser;
}

export interface PasswordChoiceRules {
  readonly password: Omit<PasswordRules, 'minLength'>;
  /** See `password-length.ts`. */
  readonly minLength: () => Promise<number>;
  readonly serviceNames: readonly string[];
}

/** Why a password was not taken, for all but a busy machine. */
export type PasswordRefusal = Refusal & { readonly because: PasswordFault };

export type PasswordChoice = ReturnType<typeof passwordChoice>;

/** Guessable ones are worth a word on how they would be guessed. */
const ADVISED: readonly PasswordFault[] = ['too-short', 'common-password', 'predictable-password'];

export function passwordChoice(
  { hasher, advise }: PasswordChoicePorts,
  { password, minLength, serviceNames }: PasswordChoiceRules,
) {
  /** Undefined when the password will do. */
  async function fault(
    chosen: string,
    who: Omit<Chooser, 'serviceNames'>,
  ): Promise<PasswordRefusal | undefined> {
    const rules = { ...password, minLength: await minLength() };
    const [because] = passwordFaults(chosen, { ...who, serviceNames }, rules);
    if (!because) return undefined;
    const advice = ADVISED.includes(because) ? { advice: await advise(normalizePassword(chosen)) } : {};
    return { ok: false, because, least: rules.minLength, ...advice };
  }

  /** What is to be stored of a password that will do. */
  async function hash(chosen: string): Promise<Result<{ hash: string }>> {
    try {
      return { ok: true, hash: await hasher.hash(normalizePassword(chosen)) };
    } catch (error) {
      if (error instanceof Overloaded) return refuse('overloaded');
      throw error;
    }
  }

  return { fault, hash, minLength };
}
