/** What is sealed at rest, and the keys that sign. */
import type { Sealed } from '../../core/account.ts';
import type { SigningAlgorithm, SigningKey } from '../../core/signing-key.ts';

/** Looks at a sealed value and answers what shall take its place: the same to leave it. */
export type SealedVisitor = (sealed: Sealed, context: string) => Sealed;

/** Somewhere that sealed values are kept for good. */
export interface SealedPlace {
  readonly name: string;
  /** Shows every value to `visitor` and stores what it changes by compare-and-set; a step for each page. */
  visit(visitor: SealedVisitor): AsyncGenerator<void>;
}

export interface SecretBox {
  readonly newestKeyId: string;
  /** AES-256-GCM under the newest key; `context` (account and purpose) is authenticated with it. */
  seal(plain: string, context: string): Sealed;
  /** Undefined when the key is unknown, a bit was flipped or the context is another; an alarm is logged. */
  open(sealed: Sealed, context: string): string | undefined;
}

/** RFC 7517, with the private part. */
export interface PrivateJwk {
  readonly kid: string;
  readonly kty?: string;
  readonly alg: SigningAlgorithm;
  readonly [member: string]: unknown;
}

export interface SigningKeyStore {
  /** None before the first start. */
  load(): Promise<readonly SigningKey[]>;
  /** Compare-and-set, as {@link Accounts.update}; tells all instances when `change` answers other keys. */
  update(change: (keys: readonly SigningKey[]) => readonly SigningKey[]): Promise<readonly SigningKey[]>;
  /** Calls when any instance has changed the keys; a call may be missed. Resolves when it listens. */
  onChange(listener: () => void): Promise<void>;
}
