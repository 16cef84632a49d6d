/** The first time at a portal: which data it gets. */
import type { Consents } from '../../flows/ports.ts';
import { scopeOfClaim } from '../../oidc/claims.ts';
import { accountOf, type ConsentRequest, step } from './step.ts';

export interface ConsentPorts {
  readonly consents: Consents;
  readonly clock: { now(): number };
}

/** Not a piece of data: every login has it. */
const UNSPOKEN = 'openid';

/** What is asked for, in the words of scopes; a claim asked for by itself is told by the scope that it belongs to. */
function itemsOf({ scopes = [], claims = [] }: Partial<ConsentRequest> = {}): { key: string }[] {
  const ofClaims = claims.map((claim) => scopeOfClaim(claim) ?? claim);
  return [...new Set([...scopes, ...ofClaims])].filter((key) => key !== UNSPOKEN).map((key) => ({ key }));
}

export const consentStep = ({ consents, clock }: ConsentPorts) =>
  step({
    name: 'consent',
    view: 'sign-in/consent',
    form: {},
    locals: ({ consent }) => ({ items: itemsOf(consent) }),
    async submit(visit) {
      const { clientId, consent, origin } = visit;
      const now = clock.now();
      const given = { clientId, scopes: consent?.scopes ?? [], claims: consent?.claims ?? [], givenAt: now };
      await consents.give(accountOf(visit).id, given, { kind: 'consent-given', at: now, ...origin });
      return { ok: true };
    },
  });
