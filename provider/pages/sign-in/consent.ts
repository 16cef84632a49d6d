/** The first time at a portal, and whenever it asks for more: what it gets to know. */
import { type ConsentItem, consentItems } from '../../core/consent.ts';
import type { Consents } from '../../flows/ports.ts';
import { CLAIMS_OF_SCOPE } from '../../oidc/claims.ts';
import type { ConsentRequest } from '../../oidc/consent-request.ts';
import { inWords } from '../consent-items.ts';
import { accountOf, type StepVisit, step } from './step.ts';

export interface ConsentPorts {
  readonly consents: Consents;
  readonly clock: { now(): number };
}

export const consentStep = ({ consents, clock }: ConsentPorts) =>
  step({
    name: 'consent',
    view: 'sign-in/consent',
    form: {},
    async locals(visit) {
      const asked = askedIn(visit);
      const agreed = await consents.find(accountOf(visit).id, visit.clientId);
      const { fresh, known } = consentItems(asked, agreed, CLAIMS_OF_SCOPE);
      const spoken = (items: readonly ConsentItem[]) =>
        items.map((item) => inWords(item, asked.spoken, visit.t));
      const lead = !agreed ? 'first' : fresh.length > 0 ? 'more' : 'again';
      return { lead, fresh: spoken(fresh), known: spoken(known) };
    },
    async submit(visit) {
      const { clientId, origin } = visit;
      const { spoken: _, ...agreed } = askedIn(visit);
      const now = clock.now();
      const given = { clientId, ...agreed, givenAt: now };
      await consents.give(accountOf(visit).id, given, { kind: 'consent-given', at: now, ...origin });
      return { ok: true };
    },
  });

function askedIn({ consent }: StepVisit): ConsentRequest {
  if (!consent) throw new Error('this step needs a request for consent');
  return consent;
}
