/** What is kept of the removal of a second factor by the desk while it is under way; its rules are `factor-reset.ts`. */
import type { Actor } from './actor.ts';

export const DOCUMENT_TYPES = ['identity-card', 'passport', 'driving-licence'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

/** What was looked at: enough to find the paper again, too little to copy it. */
export interface IdentityDocument {
  readonly type: DocumentType;
  /** The last characters of its number. */
  readonly ending: string;
}

/** All times are milliseconds since the epoch. */
export interface FactorReset {
  readonly id: string;
  readonly askedAt: number;
  readonly askedBy: Actor;
  readonly document: IdentityDocument;
  readonly confirmed?: {
    readonly by: Actor;
    /** SHA-256 of the token in the mail by which the person objects. */
    readonly objectionHash: string;
    /** From then on it is carried out, if the mail was sent. */
    readonly until: number;
    readonly told: boolean;
  };
}

const ENDING = /^[0-9A-Z]{3,4}$/;

/** Three or four letters or digits, else undefined. */
export function documentEnding(typed: string): string | undefined {
  const ending = typed.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();
  return ENDING.test(ending) ? ending : undefined;
}
