/** A chained stream under somebody who can write to the store and has no key: every tampering is found, nothing else is. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ChainKey, type Content, canonical, type Head, linked } from '../../provider/core/chain.ts';
import { verified } from '../../provider/core/chain-verdict.ts';

const keyOf = (keyId: string): ChainKey => ({
  keyId,
  mac: (text) => createHmac('sha256', keyId).update(text).digest('base64url'),
});
const KEY = keyOf('first');
const PLACE = 'account:a/history';
const KEEP = 1000;

const contents = (count: number): Content[] =>
  Array.from({ length: count }, (_, at) => ({ kind: 'login', at, origin: { b: [1, at], a: 'ő' } }));
const chainOf = (count: number) => linked(PLACE, undefined, contents(count), { keep: KEEP, key: KEY });
const found = (entries: readonly unknown[], head: Parameters<typeof verified>[2], place = PLACE) =>
  verified(place, entries, head, keyOf).findings;

describe('a chain', () => {
  it('of any contents, appended in any portions, holds; also as the store gives it back', () => {
    const portions = fc.array(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 4 }));
    fc.assert(
      fc.property(portions, (all) => {
        let head: Head | undefined;
        const entries: unknown[] = [];
        for (const portion of all.filter(({ length }) => length > 0)) {
          const next = linked(PLACE, head, portion, { keep: KEEP, key: KEY });
          head = next.head;
          entries.push(...JSON.parse(JSON.stringify(next.entries)));
        }
        expect(found(entries, head)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('does not depend on the order in which members were written', () => {
    expect(canonical({ b: 1, a: { d: [{ f: 1, e: 2 }], c: null } })).toBe(
      canonical({ a: { c: null, d: [{ e: 2, f: 1 }] }, b: 1 }),
    );
  });

  const { entries, head } = chainOf(6);
  const [one, two, three, four, five, six] = entries as [
    Content,
    Content,
    Content,
    Content,
    Content,
    Content,
  ];
  const strange = linked(PLACE, undefined, contents(6), { keep: KEEP, key: keyOf('stranger') });

  it.each([
    ['changed', [one, two, { ...three, at: 99 }, four, five, six], head, [{ kind: 'changed', seq: 3 }]],
    ['removed', [one, two, four, five, six], head, [{ kind: 'removed', seq: 3 }]],
    ['removed at the beginning', [two, three, four, five, six], head, [{ kind: 'removed', seq: 1 }]],
    ['cut off at the end', [one, two, three, four], head, [{ kind: 'removed', seq: 5 }]],
    ['all removed', [], head, [{ kind: 'removed', seq: 1 }]],
    ['inserted', [one, two, { kind: 'login' }, three, four, five, six], head, [{ kind: 'unchained' }]],
    ['repeated', [one, two, three, three, four, five, six], head, [{ kind: 'inserted', seq: 3 }]],
    [
      'swapped',
      [one, three, two, four, five, six],
      head,
      [
        { kind: 'removed', seq: 2 },
        { kind: 'inserted', seq: 2 },
      ],
    ],
    ['head removed', entries, undefined, [{ kind: 'head-missing' }]],
    ['head moved back', entries.slice(0, 5), { ...head, seq: 5 }, [{ kind: 'head-changed' }]],
    ['beginning moved', entries.slice(2), { ...head, first: 3 }, [{ kind: 'head-changed' }]],
    [
      'link made of anything',
      [one, { ...two, chain: 'x' }, three, four, five, six],
      head,
      [{ kind: 'unchained' }, { kind: 'removed', seq: 2 }],
    ],
  ])('tells: %s', (_what, tampered, itsHead, findings) => {
    expect(found(tampered, itsHead)).toEqual(findings);
  });

  it('tells of an entry and of a chain that were taken from another stream', () => {
    expect(found(entries, head, 'account:b/history')).not.toEqual([]);
  });

  it('tells of a whole chain under a key that is not ours', () => {
    const ours = (keyId: string) => (keyId === 'first' ? KEY : undefined);
    const { findings } = verified(PLACE, strange.entries, strange.head, ours);
    expect(findings).toHaveLength(7);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['unknown-key']));
  });

  it('of entries whose hashes were kept whole, as before, holds and goes on', () => {
    const [content] = contents(1);
    const mac = KEY.mac(canonical(['entry', PLACE, 1, '', content]));
    const first = { ...content, chain: { seq: 1, previous: '', keyId: KEY.keyId, mac } };
    const seal = KEY.mac(canonical(['head', PLACE, 1, mac, 1]));
    const old: Head = { seq: 1, mac, first: 1, keyId: KEY.keyId, seal };
    expect(found([first], old)).toEqual([]);
    const next = linked(PLACE, old, contents(1), { keep: KEEP, key: KEY });
    expect(found([first, ...next.entries], next.head)).toEqual([]);
    expect(found([{ ...first, chain: { ...first.chain, mac: mac.slice(0, 21) } }], old)).toContainEqual({
      kind: 'changed',
      seq: 1,
    });
  });

  it('goes on under a new key', () => {
    const next = linked(PLACE, head, contents(2), { keep: KEEP, key: keyOf('second') });
    expect(found([...entries, ...next.entries], next.head)).toEqual([]);
  });

  it('whose oldest entries are dropped as agreed holds from there on, and tells when more are', () => {
    const next = linked(PLACE, head, contents(1), { keep: 3, key: KEY });
    const kept = [...entries, ...next.entries].slice(-3);
    expect(verified(PLACE, kept, next.head, keyOf)).toMatchObject({ holdsFrom: 5, findings: [] });
    expect(found(kept.slice(1), next.head)).toEqual([{ kind: 'removed', seq: 5 }]);
  });

  it('after entries from before there were chains says how many, and tells of them later on', () => {
    const old = contents(2);
    expect(verified(PLACE, [...old, ...entries], head, keyOf)).toEqual({
      entries: 8,
      unchained: 2,
      holdsFrom: 1,
      findings: [],
    });
    expect(verified(PLACE, old, undefined, keyOf)).toEqual({ entries: 2, unchained: 2, findings: [] });
    expect(found([...entries, ...old], head)).toEqual([{ kind: 'unchained' }, { kind: 'unchained' }]);
  });

  it('shows any edit of any entry', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.string(), fc.jsonValue(), (index, name, value) => {
        const before = entries[index] as Content;
        fc.pre(name !== 'chain' && canonical(before[name] ?? null) !== canonical(value ?? null));
        const edited = { ...before, [name]: value };
        expect(found(entries.with(index, edited), head)).not.toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
