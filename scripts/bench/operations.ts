/** What is measured: the operations, what a day is made of, and whom each takes. */
import type { Browser } from './http.ts';
import type { Person, Relying, Tokens } from './journeys.ts';
import * as journeys from './journeys.ts';

type AfterLogin = 'single-sign-on' | 'refresh' | 'userinfo' | 'introspection' | 'discovery';
export type Operation = 'login' | 'enrolment' | 'mixed' | AfterLogin;

export interface Job {
  readonly operation: Operation;
  readonly at: 'kapu' | 'bare';
  readonly relying: Relying;
  /** As `peopleFor` says. */
  readonly people: readonly Person[];
  readonly atOnce: number;
  readonly count: number;
}

interface Citizen {
  readonly browser: Browser;
  tokens: Tokens;
}

/** What those do over and over who are logged in. */
const AFTER_LOGIN: Readonly<Record<AfterLogin, (citizen: Citizen, relying: Relying) => Promise<unknown>>> = {
  'single-sign-on': ({ browser }, relying) => journeys.singleSignOn(browser, relying),
  async refresh(citizen, relying) {
    citizen.tokens = await journeys.refresh(citizen.browser, relying, citizen.tokens);
  },
  userinfo: ({ browser, tokens }) => journeys.userinfo(browser, tokens),
  introspection: ({ browser, tokens }, relying) => journeys.introspect(browser, relying, tokens),
  discovery: ({ browser }) => journeys.discovery(browser),
};

/** Of a mixed day: what follows one login, over and over. */
const BETWEEN_LOGINS: readonly AfterLogin[] = [
  'userinfo',
  'single-sign-on',
  'refresh',
  'userinfo',
  'introspection',
  'userinfo',
  'refresh',
  'discovery',
  'userinfo',
];
const LOGIN_EVERY = BETWEEN_LOGINS.length + 1;

/** A code counts once, so who logs in does so once; what comes after a login takes one person for each hand. */
export function peopleFor({ operation, count, atOnce }: Pick<Job, 'operation' | 'count' | 'atOnce'>): number {
  if (operation === 'login' || operation === 'enrolment') return count;
  return operation === 'mixed' ? atOnce + Math.ceil(count / LOGIN_EVERY) : atOnce;
}

type Work = (index: number, hand: number) => Promise<unknown>;

export async function workOf({ operation, at, relying, people, atOnce }: Job): Promise<Work> {
  const signIn = at === 'kapu' ? journeys.kapuSignIn : journeys.bareSignIn;
  const logIn = (index: number) => journeys.login(signIn, relying, people[index] as Person);
  if (operation === 'login') return logIn;
  if (operation === 'enrolment')
    return (index) => journeys.login(journeys.kapuEnrolment, relying, people[index] as Person);
  const offline = operation === 'refresh' || operation === 'mixed';
  const asking = offline ? { ...relying, scope: 'openid email offline_access' } : relying;
  const citizens: Citizen[] = [];
  for (const person of people.slice(0, atOnce)) citizens.push(await journeys.login(signIn, asking, person));
  // A hand has a citizen of its own: nobody refreshes with a token that another is just using.
  const again = (what: AfterLogin, hand: number) => AFTER_LOGIN[what](citizens[hand] as Citizen, relying);
  if (operation !== 'mixed') return (_index, hand) => again(operation, hand);
  return (index, hand) => {
    const next = BETWEEN_LOGINS[(index % LOGIN_EVERY) - 1];
    return next ? again(next, hand) : logIn(atOnce + index / LOGIN_EVERY);
  };
}
