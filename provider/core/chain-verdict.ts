/** What can be said of a chained stream that was read whole: which entries were changed, removed, inserted or hidden. */
import { type ChainFault, faultIn, type Head, type KeyOf, linkOf, sealFault } from './chain.ts';

export type FindingKind = ChainFault | 'broken' | 'head-missing' | 'inserted' | 'removed';

export interface Finding {
  readonly kind: FindingKind;
  /** Of the entry; of several that were removed the first. */
  readonly seq?: number;
}

export interface Verdict {
  readonly entries: number;
  /** From before there were chains: nothing can be said of them. */
  readonly unchained: number;
  /** The oldest chained entry that is kept. */
  readonly holdsFrom?: number;
  readonly findings: readonly Finding[];
}

/** `entries` oldest first, null in place of one that can't be read. */
export function verified(
  place: string,
  entries: readonly unknown[],
  head: Head | undefined,
  keyOf: KeyOf,
): Verdict {
  const begin = entries.findIndex((entry) => linkOf(entry) !== undefined);
  const unchained = begin === -1 ? entries.length : begin;
  const chained = entries.slice(unchained);
  const oldest = chained.map(linkOf).find(Boolean)?.seq;
  const ofHead = headFindings(place, chained, head, keyOf);
  const trusted = ofHead.length === 0 ? head : undefined;
  const findings = [...ofHead, ...inSegments(chained, trusted)];
  for (const entry of chained) {
    const kind = faultIn(place, entry, keyOf);
    const seq = linkOf(entry)?.seq;
    if (kind) findings.push({ kind, ...(seq !== undefined && { seq }) });
  }
  return {
    entries: entries.length,
    unchained,
    ...(oldest !== undefined && { holdsFrom: oldest }),
    findings: findings.toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0)),
  };
}

function headFindings(
  place: string,
  chained: readonly unknown[],
  head: Head | undefined,
  keyOf: KeyOf,
): Finding[] {
  if (!head) return chained.length > 0 ? [{ kind: 'head-missing' }] : [];
  const kind = sealFault(place, head, keyOf);
  return kind ? [{ kind }] : [];
}

/** What came before a break is looked at by itself, for the head knows nothing of it. */
function inSegments(chained: readonly unknown[], head: Head | undefined): Finding[] {
  const broken = head?.broken;
  if (broken === undefined) return inOrder(chained, head);
  const found = chained.findLastIndex((entry) => linkOf(entry)?.seq === broken);
  const begin = found === -1 ? chained.length : found;
  return [
    ...inOrder(chained.slice(0, begin), undefined),
    { kind: 'broken', seq: broken },
    ...inOrder(chained.slice(begin), head),
  ];
}

/** Gaps, repetitions, and entries that do not follow on the one before. */
function inOrder(chained: readonly unknown[], head: Head | undefined): Finding[] {
  const findings: Finding[] = [];
  let expected = head?.first;
  let previous: string | undefined;
  for (const link of chained.map(linkOf)) {
    if (!link) continue;
    const { seq } = link;
    expected ??= seq;
    if (seq < expected || (head && seq > head.seq)) {
      findings.push({ kind: 'inserted', seq });
      continue;
    }
    if (seq > expected) findings.push({ kind: 'removed', seq: expected });
    else if (previous !== undefined && link.previous !== previous) findings.push({ kind: 'changed', seq });
    expected = seq + 1;
    previous = link.mac;
  }
  return head && expected !== undefined ? [...findings, ...atTheEnd(expected, previous, head)] : findings;
}

function atTheEnd(expected: number, newestMac: string | undefined, head: Head): Finding[] {
  if (expected <= head.seq) return [{ kind: 'removed', seq: expected }];
  return newestMac === head.mac ? [] : [{ kind: 'changed', seq: head.seq }];
}
