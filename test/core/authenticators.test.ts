/** Devices of an account as pure functions change them, and the way to a goal that binds or removes one. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Account } from '../../provider/core/account.ts';
import {
  bind,
  type Changed,
  cleanDeviceName,
  MAX_AUTHENTICATORS,
  remove,
  rename,
  renewDeletionCode,
  spendDeletionCode,
  switchOff,
} from '../../provider/core/authenticators.ts';
import { goalStep, purposeOf } from '../../provider/core/goals.ts';
import { anAccount, anAuthenticator } from '../support/accounts.ts';

const NOW = 1_700_000_000_000;
const code = (id: string) => ({ id, hash: `hash of ${id}`, issuedAt: NOW });
const withDevices = (...ids: string[]) =>
  anAccount({ authenticators: ids.map((id) => anAuthenticator({ id })), deletionCode: code('first') });
const added = (id: string, replaces?: string) => ({
  authenticator: anAuthenticator({ id, boundAt: NOW }),
  deletionCode: code(`code of ${id}`),
  ...(replaces !== undefined && { replaces }),
});
const ids = (account: Account) => account.authenticators.map(({ id }) => id);
const stored = (changed: Changed): Account => {
  if (!changed.ok) throw new Error(changed.because);
  return changed.account;
};

describe('binding', () => {
  it.each([
    ['enrol', withDevices(), undefined, ['new']],
    ['device-change', withDevices('a', 'b'), 'a', ['b', 'new']],
    ['device-change', withDevices(), 'a', ['new']],
    ['device-add', withDevices('a'), undefined, ['a', 'new']],
  ] as const)(
    '%s binds the new device, its deletion code with it',
    (purpose, account, replaces, expected) => {
      const bound = stored(bind(account, purpose, added('new', replaces)));
      expect(ids(bound)).toEqual(expected);
      expect(bound.deletionCode?.id).toBe('code of new');
    },
  );

  it.each([
    ['enrol', withDevices('a'), undefined, 'already-enrolled'],
    ['device-change', withDevices('b'), 'a', 'device-gone'],
    ['device-change', withDevices('b'), undefined, 'device-gone'],
    ['device-add', withDevices('a', 'b', 'c', 'd', 'e'), undefined, 'too-many-devices'],
  ] as const)('%s is refused where it would take or add too much', (purpose, account, replaces, because) => {
    expect(bind(account, purpose, added('new', replaces))).toEqual({ ok: false, because });
  });

  it('done twice changes nothing the second time, and a removed device never comes back', () => {
    const once = stored(bind(withDevices('a'), 'device-change', added('new', 'a')));
    const twice = bind(once, 'device-change', added('new', 'a'));
    expect(twice).toMatchObject({ ok: true, again: true });
    expect(stored(twice)).toBe(once);
    const off = stored(switchOff(once, NOW));
    expect(bind(off, 'device-change', added('new', 'a'))).toEqual({ ok: false, because: 'device-gone' });
  });
});

describe('removing', () => {
  it('one of two leaves the deletion code, the last one takes it along', () => {
    const one = stored(remove(withDevices('a', 'b'), 'a', NOW));
    expect([ids(one), one.deletionCode?.id]).toEqual([['b'], 'first']);
    const none = stored(remove(one, 'b', NOW));
    expect([ids(none), none.deletionCode]).toEqual([[], undefined]);
    expect(remove(none, 'b', NOW)).toEqual({ ok: false, because: 'device-gone' });
  });

  it('by the deletion code takes them all, once, and says why it is no longer good', () => {
    const none = stored(spendDeletionCode(withDevices('a', 'b'), 'hash of first', NOW));
    expect(none).toMatchObject({ authenticators: [], formerDeletionCode: { because: 'used' } });
    expect(spendDeletionCode(none, 'hash of first', NOW)).toEqual({
      ok: false,
      because: 'deletion-code-used',
    });
    const renewed = stored(renewDeletionCode(withDevices('a'), code('second')));
    expect(renewed.formerDeletionCode).toEqual({ hash: 'hash of first', because: 'replaced' });
    expect(spendDeletionCode(renewed, 'hash of first', NOW).ok).toBe(false);
  });
});

describe('whatever is done in whatever order', () => {
  type Act = (account: Account, index: number) => Changed;
  const acts: readonly Act[] = [
    (account, index) => bind(account, 'enrol', added(`d${index}`)),
    (account, index) => bind(account, 'device-add', added(`d${index}`)),
    (account, index) => bind(account, 'device-change', added(`d${index}`, account.authenticators[0]?.id)),
    (account, index) => bind(account, 'device-change', added(`d${index}`, `d${index - 2}`)),
    (account) => remove(account, account.authenticators.at(-1)?.id ?? '', NOW),
    (account) => rename(account, account.authenticators[0]?.id ?? '', 'name'),
    (account, index) => renewDeletionCode(account, code(`n${index}`)),
    (account) => spendDeletionCode(account, account.deletionCode?.hash ?? '', NOW),
    (account) => switchOff(account, NOW),
  ];

  it('no device is lost from the record, none is in two places, and devices have a deletion code', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...acts), { maxLength: 40 }), (sequence) => {
        let account = anAccount();
        const everBound = new Set<string>();
        for (const [index, act] of sequence.entries()) {
          const result = act(account, index);
          if (result.ok) account = result.account;
          for (const id of ids(account)) everBound.add(id);
          expect(ids(account).length).toBeLessThanOrEqual(MAX_AUTHENTICATORS);
          expect(account.authenticators.length === 0).toBe(account.deletionCode === undefined);
        }
        const former = (account.formerAuthenticators ?? []).map(({ id }) => id);
        expect([...ids(account), ...former].toSorted()).toEqual([...everBound].toSorted());
      }),
    );
  });

  it('a device change leaves as many devices as there were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 6 }), (count, chosen) => {
        const before = withDevices(...Array.from({ length: count }, (_, index) => `d${index}`));
        const result = bind(before, 'device-change', added('new', `d${chosen}`));
        const left = result.ok ? result.account : before;
        expect(left.authenticators).toHaveLength(count);
        expect(ids(left).includes('new')).toBe(chosen < count);
      }),
    );
  });
});

describe('the name of a device', () => {
  it.each([
    ['  Anyu   telefonja ', 'Anyu telefonja'],
    ['u\u0301j', 'új'],
    ['a\u0000b\u202ec\u200b', 'a b c'],
    ['x'.repeat(61), 'x'.repeat(60)],
    ['😀'.repeat(61), '😀'.repeat(60)],
    [' \u200b\u2028 ', undefined],
  ])('%j is shown as %j', (typed, shown) => expect(cleanDeviceName(typed)).toBe(shown));
});

describe('the way to a goal', () => {
  it.each([
    ['device-change', withDevices('a'), {}, 'pair'],
    ['device-change', withDevices('a', 'b'), {}, 'device'],
    ['device-change', withDevices('a', 'b'), { replaces: 'b' }, 'pair'],
    ['device-change', withDevices('a'), { replaces: 'gone' }, 'device'],
    ['device-change', withDevices('a'), { replaces: 'gone', pending: { id: 'a' } }, 'deletion-code'],
    ['device-add', withDevices('a', 'b'), {}, 'pair'],
    ['device-add', withDevices('a'), { pending: { id: 'n', paired: {} } }, 'deletion-code'],
    ['device-add', withDevices(), {}, 'enrol'],
    ['deletion-code', withDevices('a'), {}, 'deletion-code'],
    ['deletion-code', withDevices(), {}, 'done'],
  ] as const)('%s of %# is at the right step', (goal, account, facts, step) => {
    expect(goalStep(goal, account, facts)).toBe(step);
  });

  it('is an enrolment for whoever has no device', () => {
    expect(purposeOf('device-add', withDevices())).toBe('enrol');
    expect(purposeOf('device-add', withDevices('a'))).toBe('device-add');
  });
});
