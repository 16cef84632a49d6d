/** The one decision of signing in, as a table of situations. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Factor, levelOf } from '../../provider/core/assurance.ts';
import type { Facts, PendingAuthenticator } from '../../provider/core/facts.ts';
import {
  type Demand,
  mayPost,
  nextStep,
  outcomeOf,
  SIGN_IN_STEPS,
  type Situation,
} from '../../provider/core/sign-in.ts';
import { anAccount, anAuthenticator } from '../support/accounts.ts';

const NOW = 1_700_000_000_000;
const low: Demand = { level: 'low', reauthenticate: false };
const substantial: Demand = { level: 'substantial', reauthenticate: false };
const citizen = anAccount();
const plusCitizen = anAccount({ authenticators: [anAuthenticator()] });
const proved = (...factors: Factor[]) =>
  factors.map((factor, index) => ({ factor, at: NOW + index, authenticatorId: 'authenticator-1' }));
const facts = (changes: Partial<Facts> = {}): Facts => ({ verified: [], ...changes });
const pending: PendingAuthenticator = { id: 'p', secret: { keyId: 'k', iv: '', data: '' } };
const paired = { ...pending, paired: { at: NOW, timeStep: 1, name: 'phone' } };
const session = (level: 'low' | 'substantial', accountId = citizen.id): NonNullable<Demand['session']> => ({
  uid: 'session-1',
  accountId,
  level,
  amr: level === 'low' ? ['pwd'] : ['pwd', 'otp', 'mfa'],
  authenticatedAt: NOW - 60_000,
});

const known = (account: typeof citizen, changes: Partial<Facts> = {}) => ({
  account,
  facts: facts({ accountId: account.id, verified: proved('password'), ...changes }),
});

describe('the next step', () => {
  const table: [string, Situation, string][] = [
    ['a stranger at low chooses', { demand: low, facts: facts() }, 'method'],
    [
      'a remembered method is gone straight to',
      { demand: low, facts: facts(), remembered: 'password' },
      'password',
    ],
    [
      '… unless another is looked for',
      { demand: low, facts: facts(), remembered: 'totp', wish: 'other-method' },
      'method',
    ],
    ['a stranger at substantial has one method', { demand: substantial, facts: facts() }, 'password'],
    [
      'a remembered weaker method is not offered',
      { demand: substantial, facts: facts(), remembered: 'password' },
      'password',
    ],
    ['a password is enough for low', { demand: low, ...known(citizen) }, 'done'],
    [
      'Ügyfélkapu+ chosen at low wants a code',
      { demand: low, ...known(plusCitizen, { method: 'totp' }) },
      'code',
    ],
    ['substantial wants a code', { demand: substantial, ...known(plusCitizen) }, 'code'],
    ['substantial without a device enrols', { demand: substantial, ...known(citizen) }, 'enrol'],
    ['a secret made is to be paired', { demand: substantial, ...known(citizen, { pending }) }, 'pair'],
    [
      'a paired one wants its deletion code kept',
      { demand: substantial, ...known(citizen, { pending: paired }) },
      'deletion-code',
    ],
    [
      'bound elsewhere meanwhile: its code',
      { demand: substantial, ...known(plusCitizen, { pending: paired }) },
      'code',
    ],
    [
      'just enrolled: the success page',
      {
        demand: substantial,
        ...known(plusCitizen, {
          achieved: { purpose: 'enrol', acknowledged: false },
          verified: proved('password', 'totp'),
        }),
      },
      'enrolled',
    ],
    [
      'password and code: done',
      { demand: substantial, ...known(plusCitizen, { verified: proved('password', 'totp') }) },
      'done',
    ],
    [
      'a low session steps up with the code alone',
      { demand: { ...substantial, session: session('low') }, facts: facts(), account: plusCitizen },
      'code',
    ],
    [
      'a low session without a device enrols',
      { demand: { ...substantial, session: session('low') }, facts: facts(), account: citizen },
      'enrol',
    ],
    [
      'prompt=login asks for everything',
      {
        demand: { level: 'low', reauthenticate: true, session: session('substantial') },
        facts: facts(),
        remembered: 'password',
      },
      'password',
    ],
    [
      '… and does not silently end lower than the session was',
      {
        demand: { level: 'low', reauthenticate: true, session: session('substantial') },
        ...known(plusCitizen),
      },
      'code',
    ],
    [
      '… but another person starts afresh',
      {
        demand: { level: 'low', reauthenticate: true, session: session('substantial', 'somebody-else') },
        ...known(citizen),
      },
      'done',
    ],
    [
      'a locked account is asked for a password, whatever is proved',
      { demand: low, facts: known(citizen).facts, remembered: 'password' },
      'password',
    ],
  ];

  it.each(table)('%s', (_, situation, step) => {
    expect(nextStep(situation)).toBe(step);
  });
});

describe('step skipping', () => {
  it('a step may be posted only when it is the next one, and the chooser while there is a choice', () => {
    const situation: Situation = { demand: substantial, ...known(plusCitizen) };
    expect(SIGN_IN_STEPS.filter((step) => mayPost(step, situation))).toEqual(['code', 'lost-device']);
    const atPassword: Situation = { demand: low, facts: facts(), remembered: 'totp' };
    expect(SIGN_IN_STEPS.filter((step) => mayPost(step, atPassword))).toEqual(['method', 'password']);
  });
});

const arbitraryFacts: fc.Arbitrary<Facts> = fc.record(
  {
    verified: fc.array(
      fc.record({
        factor: fc.constantFrom<Factor>('password', 'totp'),
        at: fc.integer({ min: 1, max: NOW }),
        authenticatorId: fc.constantFrom('authenticator-1', 'gone'),
      }),
      { maxLength: 4 },
    ),
    accountId: fc.constant(citizen.id),
    method: fc.constantFrom('password' as const, 'totp' as const),
    pending: fc.constantFrom(pending, paired),
    achieved: fc.constantFrom(
      { purpose: 'enrol' as const, acknowledged: false },
      { purpose: 'enrol' as const, acknowledged: true },
    ),
  },
  { requiredKeys: ['verified'] },
);

const arbitrarySituation: fc.Arbitrary<Situation> = fc.record(
  {
    demand: fc.record(
      {
        level: fc.constantFrom('low' as const, 'substantial' as const),
        reauthenticate: fc.boolean(),
        session: fc.constantFrom(session('low'), session('substantial')),
      },
      { requiredKeys: ['level', 'reauthenticate'] },
    ),
    facts: arbitraryFacts,
    account: fc.constantFrom(citizen, plusCitizen),
    remembered: fc.constantFrom('password' as const, 'totp' as const),
  },
  { requiredKeys: ['demand', 'facts'] },
);

describe('the outcome', () => {
  it('is never below the demanded level, never without a password, and says what happened', () => {
    fc.assert(
      fc.property(arbitrarySituation, (situation) => {
        const outcome = outcomeOf(situation);
        if (!outcome) return;
        expect(situation.demand.level === 'low' || outcome.level === 'substantial').toBe(true);
        const factors = [...situation.facts.verified];
        const { session: live, reauthenticate } = situation.demand;
        if (live && !reauthenticate) factors.push({ factor: 'password', at: live.authenticatedAt });
        expect(levelOf(factors)).toBeDefined();
        expect(outcome.amr).toEqual(outcome.level === 'substantial' ? ['pwd', 'otp', 'mfa'] : ['pwd']);
      }),
    );
  });

  it('is as old as its oldest factor: a stepped-up session keeps an honest auth_time', () => {
    const outcome = outcomeOf({
      demand: { ...substantial, session: session('low') },
      facts: facts({
        accountId: citizen.id,
        verified: [{ factor: 'totp', at: NOW, authenticatorId: 'authenticator-1' }],
      }),
      account: plusCitizen,
    });
    expect(outcome).toMatchObject({ level: 'substantial', authenticatedAt: NOW - 60_000 });
  });

  it('does not count the factors of a session that must prove itself anew', () => {
    const situation: Situation = {
      demand: { ...substantial, reauthenticate: true, session: session('substantial') },
      ...known(plusCitizen),
    };
    expect(outcomeOf(situation)).toBeUndefined();
  });
});
