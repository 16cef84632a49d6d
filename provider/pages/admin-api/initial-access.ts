/** Initial access tokens for programs: leave for a portal's software to register its client by itself. */
import { z } from 'zod';
import { type InitialAccess, LONGEST_ACCESS_HOURS } from '../../flows/initial-access.ts';
import type { IssuedAccess } from '../../flows/ports.ts';
import { type Operation, operation } from './operation.ts';
import { refused } from './problem.ts';
import { named, timeBody, timeShape } from './shapes.ts';

const names = z.array(z.string().min(1).max(253)).min(1).max(50);
const wanted = named(
  'NewInitialAccess',
  z.strictObject({
    hosts: names.meta({ description: 'host names that its addresses may have' }),
    scopes: names.default(['openid', 'profile', 'email']),
    level: z.enum(['low', 'substantial']).default('substantial'),
    grant_types: names.default(['authorization_code', 'refresh_token']),
    hours: z.int().min(1).max(LONGEST_ACCESS_HOURS).default(24),
  }),
);
const accessShape = named(
  'InitialAccess',
  z.object({
    id: z.string(),
    scopes: z.array(z.string()),
    hosts: z.array(z.string()),
    level: z.enum(['low', 'substantial']),
    grant_types: z.array(z.string()),
    issued_at: timeShape,
    expires_at: timeShape,
  }),
);
const issued = named('IssuedInitialAccess', accessShape.extend({ token: z.string() }));
const all = named('InitialAccessList', z.object({ items: z.array(accessShape) }));
const PATH = '/initial-access-tokens';

export function initialAccessOperations(access: InitialAccess): Operation[] {
  return [
    operation({
      id: 'listInitialAccess',
      summary: 'Those that may still be used',
      method: 'get',
      path: PATH,
      scope: 'clients:read',
      answer: { status: 200, about: 'all of them', schema: all },
      handle: async () => ({ ok: true, body: { items: (await access.list()).map(accessBody) } }),
    }),
    operation({
      id: 'issueInitialAccess',
      summary: 'Make one, good once',
      method: 'post',
      path: PATH,
      scope: 'clients:write',
      body: wanted,
      creates: true,
      answer: { status: 201, about: 'the token, this once', schema: issued },
      async handle({ body: { grant_types, ...agreement }, by, origin }) {
        const made = await access.issue({ ...agreement, grantTypes: grant_types }, { by, origin });
        if (made.ok) return { ok: true, body: { ...accessBody(made.access), token: made.token } };
        const member = /^[a-z ]+(?=:)/.exec(made.detail)?.[0].replace(' ', '_') ?? '';
        return refused('invalid-content', undefined, [{ detail: made.detail, pointer: `#/${member}` }]);
      },
    }),
    operation({
      id: 'withdrawInitialAccess',
      summary: 'Make one useless; a client that it registered stays',
      method: 'delete',
      path: `${PATH}/{id}`,
      scope: 'clients:write',
      answer: { status: 204, about: 'it is gone' },
      handle: async ({ params, by, origin }) =>
        (await access.withdraw(params.id ?? '', { by, origin })) ? { ok: true } : refused('not-found'),
    }),
  ];
}

function accessBody({ id, agreement, issuedAt, expiresAt }: IssuedAccess) {
  const { scopes, hosts, level, grantTypes } = agreement;
  const times = { issued_at: timeBody(issuedAt), expires_at: timeBody(expiresAt) };
  return { id, scopes, hosts, level, grant_types: grantTypes, ...times };
}
