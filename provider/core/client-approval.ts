/** Four eyes on production clients: what one person changes takes effect when another has looked at it. */
import type { Actor } from './actor.ts';
import { reachesPeople } from './admin-scope.ts';
import {
  type ClientAct,
  type ClientDraft,
  type ClientRecord,
  type ClientVersion,
  draftOf,
  type Proposal,
} from './client-record.ts';

export type ApprovalRule = 'one-admin' | 'two-admins';

/** Test clients need nobody's approval while they are and stay such, and reach nobody real; who sits at the server could change anything anyway. */
export function needsApproval(rule: ApprovalRule, drafts: readonly ClientDraft[], by: Actor): boolean {
  return (
    rule === 'two-admins' &&
    by.kind !== 'command-line' &&
    !drafts.every(({ test, metadata }) => test && !reachesPeople(metadata))
  );
}

/** Whether a new secret waits as well: by that of a program which reaches people one admin alone would do what none may. */
export function secretNeedsApproval(rule: ApprovalRule, record: ClientRecord, by: Actor): boolean {
  return reachesPeople(record.metadata) && needsApproval(rule, [draftOf(record)], by);
}

/** Whether the client has changed since the proposal was made: what would be lost, nobody has looked at. */
export function isOutdated({ from }: Proposal, record: ClientRecord): boolean {
  return canonical(from) !== canonical(draftOf(record));
}

export type ApprovalFault =
  | 'people-only'
  | 'no-proposal'
  | 'own-proposal'
  | 'proposal-changed'
  | 'proposal-outdated';

/**
 * Why `by` can't approve the proposal `proposalId`; undefined: they can. A program is nobody's second pair of eyes:
 * any single admin can give themselves a secret of it.
 */
export function approvalFault(
  rule: ApprovalRule,
  record: ClientRecord,
  { proposalId, by }: { readonly proposalId: string; readonly by: Actor },
): ApprovalFault | undefined {
  if (rule === 'two-admins' && by.kind === 'client') return 'people-only';
  const { proposal } = record;
  if (!proposal) return 'no-proposal';
  if (proposal.id !== proposalId) return 'proposal-changed';
  if (isSame(proposal.by, by)) return 'own-proposal';
  return isOutdated(proposal, record) ? 'proposal-outdated' : undefined;
}

/** One proposal at a time: its maker may replace it, nobody else. */
export function mayPropose({ proposal }: ClientRecord, by: Actor): boolean {
  return !proposal || isSame(proposal.by, by);
}

/** Nobody has approved it yet. */
export const isNewcomer = ({ proposal }: ClientRecord): boolean => proposal?.kind === 'registration';

/** Whoever wants to register something may take that back alone. */
export const isOwnNewcomer = (record: ClientRecord, by: Actor): boolean =>
  isNewcomer(record) && mayPropose(record, by);

export const isSame = (one: Actor, other: Actor): boolean => one.kind === other.kind && one.id === other.id;

/** What puts a secret or a key of a program into somebody's hands. */
const HANDING_OVER: readonly ClientAct[] = ['registered', 'proposed', 'edited', 'restored', 'secret-issued'];

/**
 * Whether somebody can act as a program: then what it proposes is theirs. `versions` are the program's; one that can't be
 * read may say so of anybody.
 */
export function canActAs(versions: readonly (ClientVersion | undefined)[], by: Actor): boolean {
  return versions.some((one) => !one || (HANDING_OVER.includes(one.act) && isSame(one.by, by)));
}

/** The same text for the same values, in whichever order a store gives their names back. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join()}}`;
}
