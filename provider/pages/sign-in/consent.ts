/** The first time at a portal: which data it gets. */
import type { Consents } from '../../flows/ports.ts';
import { accountOf, step } from './step.ts';

export interface ConsentPorts {
  readonly consents: Consents;
  readonly clock: { now(): number };
}

/** Not a piece of data: every login has it. */
const UNSPOKEN = 'openid';

export const consentStep = ({ consents, clock }: ConsentPorts) =>
  step({
    name: 'consent',
    view: 'sign-in/consent',
    form: {},
    locals: ({ consent }) => ({
      items: (consent?.scopes ?? []).filter((scope) => scope !== UNSPOKEN).map((key) => ({ key })),
    }),
    async submit(visit) {
      const { clientId, consent, origin } = visit;
      const now = clock.now();
      const given = { clientId, scopes: consent?.scopes ?? [], claims: consent?.claims ?? [], givenAt: now };
      const event = { kind: 'consent-given', at: now, ...origin, clientId } as const;
      await consents.give(accountOf(visit).id, given, event);
      return { ok: true };
    },
  });
