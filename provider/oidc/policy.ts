/** When a person is asked for something: the library's prompts, with levels of assurance in place of its acr checks. */
import { errors, interactionPolicy } from 'oidc-provider';
import { type AcrValues, atLeast } from '../core/assurance.ts';
import { levelOfSession, requestedLevel } from './demand.ts';
import { goalPending, PROMPT_OF } from './goals.ts';

const { Check, Prompt, base } = interactionPolicy;

/** Checks of the stock login prompt that stand as they are. */
const KEPT = ['no_session', 'max_age', 'id_token_hint', 'claims_id_token_sub_value'];

export interface PolicyLimits {
  /** How old a login may be where a goal begins that changes what protects the account. */
  readonly freshSeconds: number;
  /** What a request may hold, in bytes. */
  readonly longestRequest: number;
}

export function policy(
  acrValues: AcrValues,
  { freshSeconds, longestRequest }: PolicyLimits,
): interactionPolicy.Prompt[] {
  const stock = base();
  const kept = KEPT.map((reason) => {
    const check = stock.get('login')?.checks.get(reason);
    if (!check) throw new Error(`oidc-provider no longer has the login check ${reason}`);
    return check;
  });
  const consent = stock.get('consent');
  if (!consent) throw new Error('oidc-provider no longer has the consent prompt');

  const login = new Prompt(
    { name: 'login', requestable: true },
    (ctx) => ({ level: requestedLevel(ctx, acrValues) }),
    bounded(longestRequest),
    ...kept,
    accountUnavailable(),
    levelTooLow(acrValues),
    tooOldForGoal(freshSeconds),
  );
  const goals = Object.values(PROMPT_OF).map((name) => new Prompt({ name, requestable: true }));
  return [login, ...goals, consent];
}

/** Asks for nothing: a request that is too large is refused before anybody is, with a session or without. */
function bounded(longestRequest: number) {
  return new Check('too_large', 'the request is too large', 'invalid_request', ({ oidc }) => {
    if (Buffer.byteLength(JSON.stringify(oidc.params)) > longestRequest)
      throw new errors.InvalidRequest(`the request holds more than ${longestRequest} bytes`);
    return false;
  });
}

/** A locked or closed account with a live session must log in again; without this the library answers 500. */
function accountUnavailable() {
  return new Check(
    'account_unavailable',
    'End-User authentication is required',
    'login_required',
    ({ oidc }) => Boolean(oidc.session?.accountId) && !oidc.account,
  );
}

function levelTooLow(acrValues: AcrValues) {
  return new Check(
    'level_too_low',
    'the requested level of assurance could not be obtained',
    'unmet_authentication_requirements',
    (ctx) => {
      const wanted = requestedLevel(ctx, acrValues);
      const there = levelOfSession(ctx.oidc.session, acrValues);
      return there !== undefined && !atLeast(there, wanted);
    },
  );
}

/** A login that has just been done counts, also when the person was slow between its steps. */
function tooOldForGoal(freshSeconds: number) {
  return new Check(
    'too_old_for_goal',
    'End-User authentication could not be obtained',
    'login_required',
    (ctx) => {
      const { session, result } = ctx.oidc;
      return goalPending(ctx) && Boolean(session?.accountId && session.past(freshSeconds)) && !result?.login;
    },
  );
}
