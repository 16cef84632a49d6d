/** The first time at a portal: which data it gets. */
import type { Consents } from '../../flows/ports.ts';
import { consentItems } from '../consent-items.ts';
import { accountOf, step } from './step.ts';

export interface ConsentPorts {
  readonly consents: Consents;
  readonly clock: { now(): number };
}

export const consentStep = ({ consents, clock }: ConsentPorts) =>
  step({
    name: 'consent',
    view: 'sign-in/consent',
    form: {},
    locals: ({ consent }) => ({ items: consent ? consentItems(consent) : [] }),
    async submit(visit) {
      const { clientId, consent, origin } = visit;
      const now = clock.now();
      const given = { clientId, scopes: consent?.scopes ?? [], claims: consent?.claims ?? [], givenAt: now };
      await consents.give(accountOf(visit).id, given, { kind: 'consent-given', at: now, ...origin });
      return { ok: true };
    },
  });
