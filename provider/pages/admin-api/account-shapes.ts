/** What of an account and its sessions is shown, and how. No secret, hash or sealed value is among it. */
import { z } from 'zod';
import { type Account, highestLevel } from '../../core/account.ts';
import type { LiveSession } from '../../flows/ports.ts';
import { maybeTimeBody, named, timeBody, timeShape } from './shapes.ts';

const text = z.string();

export const PERSON_MEMBERS = {
  family_name: 'familyName',
  given_name: 'givenName',
  birth_family_name: 'birthFamilyName',
  birth_given_name: 'birthGivenName',
  birthdate: 'birthdate',
  place_of_birth: 'placeOfBirth',
  mothers_birth_name: 'mothersBirthName',
} as const satisfies Readonly<Record<string, keyof Account['person']>>;

export const accountShape = named(
  'Account',
  z.object({
    account_id: text,
    username: text,
    email: text,
    language: z.enum(['hu', 'en']),
    status: z.enum(['active', 'locked', 'closing', 'closed']),
    roles: z.array(z.enum(['admin', 'operator'])),
    person: z.partialRecord(z.enum(Object.keys(PERSON_MEMBERS)), text),
    level: z.enum(['low', 'substantial']).meta({ description: 'the highest that it reaches today' }),
    activated: z.boolean().meta({ description: 'a password was chosen' }),
    devices: z.array(z.object({ name: text, bound_at: timeShape, last_used_at: timeShape.optional() })),
    created_at: timeShape,
    closed_at: timeShape.optional(),
  }),
);

export function accountBody(account: Account): z.input<typeof accountShape> {
  const { id, username, email, language, status, roles, person, authenticators } = account;
  return {
    account_id: id,
    username,
    email,
    language,
    status,
    roles: [...roles],
    person: personBody(person),
    level: highestLevel(account),
    activated: account.password !== undefined,
    devices: authenticators.map((one) => ({
      name: one.name,
      bound_at: timeBody(one.boundAt),
      last_used_at: maybeTimeBody(one.lastUsedAt),
    })),
    created_at: timeBody(account.createdAt),
    closed_at: maybeTimeBody(account.closedAt),
  };
}

function personBody(person: Account['person']): Record<string, string> {
  const members = Object.entries(PERSON_MEMBERS).map(([name, ours]) => [name, person[ours]] as const);
  return Object.fromEntries(members.filter((one): one is [never, string] => one[1] !== undefined));
}

export const sessionShape = named(
  'Session',
  z.object({
    session_id: text,
    acr: text.optional(),
    authenticated_at: timeShape,
    expires_at: timeShape,
    portals: z.array(text).meta({ description: 'client_ids' }),
    address: text.optional(),
    user_agent: text.optional(),
  }),
);

export function sessionBody({ uid, acr, authenticatedAt, expiresAt, portals, origin }: LiveSession) {
  return {
    session_id: uid,
    acr,
    authenticated_at: timeBody(authenticatedAt),
    expires_at: timeBody(expiresAt),
    portals: portals.map(({ clientId }) => clientId),
    address: origin?.address,
    user_agent: origin?.userAgent,
  };
}
