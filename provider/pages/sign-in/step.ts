/** What a step of an interaction is: one page with one form that adds one fact. Steps never route to one another. */
import type { Account } from '../../core/account.ts';
import type { Method } from '../../core/facts.ts';
import { purposeOf } from '../../core/goals.ts';
import type { Result } from '../../core/refusal.ts';
import { mayChangeMethod, type SignInStep, type Situation } from '../../core/sign-in.ts';
import type { InteractionRef } from '../../flows/interaction.ts';
import type { NewBrowser } from '../../flows/new-browser.ts';
import type { Standing } from '../../flows/proofs.ts';
import type { ConsentRequest } from '../../oidc/consent-request.ts';
import type { FormRule, Values } from '../form.ts';
import type { FormPage } from '../form-page.ts';
import type { Acquaintance } from '../known-browser.ts';
import type { Visit } from '../page.ts';

/** The portal that a person is on the way to; absent when it is the service's own pages. */
export interface Portal {
  readonly name: string;
  /** Where its logo is, from here. */
  readonly logo?: string;
  readonly uri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
}

export interface StepVisit extends Visit {
  readonly interaction: InteractionRef;
  readonly situation: Situation;
  readonly clientId: string;
  readonly portal?: Portal;
  readonly loginHint?: string;
  readonly consent?: ConsentRequest;
  /** The page's own address. */
  readonly path: string;
  /** Since when the account knows this browser, and by which name; undefined where it has not logged in with it. */
  acquaintance(username: string): Acquaintance | undefined;
  /** This browser in the words of its owner; undefined where the account knows it. */
  newBrowser(account: Account): NewBrowser | undefined;
  /** Keeps the chosen method on this browser. */
  rememberMethod(method: Method): void;
}

/** What is sent to a step, before anything is read for it. */
export interface Sent {
  /** Of the interaction. */
  readonly uid: string;
  readonly typed: Readonly<Record<string, string>>;
  /** Of the network. */
  readonly address: string;
  /** No account at all has logged in with this browser before. */
  readonly isNewBrowser: boolean;
}

export type StepName = SignInStep | 'consent';

export interface Step<F extends FormRule = FormRule> extends FormPage<F> {
  readonly name: StepName;
  readonly view: string;
  /** A password is checked for it: while too many wait for that, it has to wait before it begins. */
  readonly hashes?: true;
  /** What is sent will be checked: what that takes is asked for beside what every step needs. */
  expect?(sent: Sent): void;
  /** What the view needs beside what every step's view gets. */
  locals(visit: StepVisit): object | Promise<object>;
  /** What stands in the fields at first. */
  prefill?(visit: StepVisit): Record<string, string>;
  /** A step that may be the last one says how things stand then, so that they need not be read anew. */
  submit(visit: StepVisit, values: Values<F>): Promise<Result<{ after?: Standing }>>;
}

/** Gives each step's form its exact type and forgets it for the index. */
export function step<F extends FormRule>(definition: Step<F>): Step {
  return definition as unknown as Step;
}

/** The account of a step that comes after the password. */
export function accountOf({ situation }: StepVisit) {
  if (!situation.account) throw new Error('this step needs an account');
  return situation.account;
}

/** What every step's view may show: where the person is going, what for, and another way of getting there. */
export function commonLocals({ portal, situation, path }: StepVisit, name: StepName): object {
  const { account, demand, facts } = situation;
  const another = name !== 'consent' && mayChangeMethod(situation);
  return {
    portal,
    ...(account && { purpose: facts.achieved?.purpose ?? purposeOf(demand.goal, account) }),
    ...(another && { otherMethodHref: `${path}?choose=method` }),
    ...(name === 'code' && { lostDeviceHref: `${path}?choose=lost-device` }),
  };
}
