/** When a person is asked for something: the library's prompts, with levels of assurance in place of its acr checks. */
import { interactionPolicy } from 'oidc-provider';
import { type AcrValues, atLeast } from '../core/assurance.ts';
import { levelOfSession, requestedLevel } from './demand.ts';

const { Check, Prompt, base } = interactionPolicy;

/** Checks of the stock login prompt that stand as they are. */
const KEPT = ['no_session', 'max_age', 'id_token_hint', 'claims_id_token_sub_value'];

export function policy(acrValues: AcrValues): interactionPolicy.Prompt[] {
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
    ...kept,
    accountUnavailable(),
    levelTooLow(acrValues),
  );
  return [login, consent];
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
