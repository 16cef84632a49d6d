/** What there is about a client beside its data, for programs: its logo, its keys as its address gives them, its logins. */
import { z } from 'zod';
import { LOGO_LIMITS } from '../../core/logo.ts';
import { type Counts, OUTCOMES } from '../../core/statistics.ts';
import { fetchKeys } from '../../flows/client-keys.ts';
import type { ClientLogo } from '../../flows/client-logo.ts';
import type { OutgoingFetch, Statistics } from '../../flows/ports.ts';
import { ownLogo } from '../own-logo.ts';
import {
  type ClientOperationsPorts,
  idOf,
  ONE_CLIENT,
  ownAffairs,
  shown,
  told,
  whyQuery,
} from './client-replies.ts';
import { type Operation, operation } from './operation.ts';
import { refused } from './problem.ts';
import { named, timeBody, timeShape } from './shapes.ts';

export interface ClientExtrasPorts extends ClientOperationsPorts {
  readonly clientLogo: ClientLogo;
  readonly outgoing: OutgoingFetch;
  readonly statistics: Statistics;
}

const LOGO = `${ONE_CLIENT}/logo` as const;

export function clientExtrasOperations(ports: ClientExtrasPorts): Operation[] {
  return [...logo(ports), keys(ports), logins(ports)];
}

function logo({ clients, clientLogo }: ClientExtrasPorts): Operation[] {
  const base = { path: LOGO, scope: 'clients:write', guarded: true, query: whyQuery, answer: shown } as const;
  const problems = ['admins-only', 'wrong-state'] as const;
  const mine = ownAffairs(clients);
  return [
    operation({
      ...base,
      id: 'putClientLogo',
      summary: `Give it a logo: a PNG of ${LOGO_LIMITS.side} pixels a side at most, not interlaced`,
      method: 'put',
      file: { type: 'image/png', limit: LOGO_LIMITS.bytes },
      problems,
      handle: (call) =>
        mine(call, async (id, doing) => {
          const made = ownLogo(call.file ?? new Uint8Array());
          if (!made.ok) return refused('invalid-content', made.because);
          return told(await clientLogo.put(id, made.png, doing));
        }),
    }),
    operation({
      ...base,
      id: 'removeClientLogo',
      summary: 'Take its logo away',
      method: 'delete',
      problems,
      handle: (call) => mine(call, async (id, doing) => told(await clientLogo.remove(id, doing))),
    }),
  ];
}

const keysShape = named(
  'FetchedKeys',
  z.object({
    ok: z.boolean(),
    count: z.int().optional(),
    kids: z.string().optional(),
    because: z.string().optional().meta({ description: 'why there are none; may grow' }),
  }),
);

function keys({ clients, outgoing }: ClientExtrasPorts): Operation {
  return operation({
    id: 'fetchClientKeys',
    summary: 'Ask the address of its keys now, to see what it answers; changes nothing',
    method: 'post',
    path: `${ONE_CLIENT}/fetch-keys`,
    scope: 'clients:write',
    answer: { status: 200, about: 'what came', schema: keysShape },
    problems: ['wrong-state'],
    async handle({ params }) {
      const record = await clients.record(idOf(params));
      if (!record) return refused('not-found');
      const { jwks_uri: address } = record.metadata;
      if (typeof address !== 'string') return refused('wrong-state', 'it has no jwks_uri');
      return { ok: true, body: await fetchKeys(outgoing, address) };
    },
  });
}

const figure = z.int().optional();
const loginsShape = named(
  'ClientLogins',
  z.object({
    items: z.array(
      z.object({
        at: timeShape.meta({ description: 'a moment in the hour or day' }),
        counts: z.object(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, figure]))).meta({
          description: 'logins by level, cancelled ones, and failures by reason; absent: none. May grow',
        }),
      }),
    ),
  }),
);
const periodQuery = z.strictObject({
  period: z.enum(['day', 'week', 'month']).default('day').meta({ description: '`day`: by the hour' }),
});

function logins({ clients, statistics }: ClientExtrasPorts): Operation {
  return operation({
    id: 'showClientLogins',
    summary: 'Figures of its logins, the oldest first',
    method: 'get',
    path: `${ONE_CLIENT}/logins`,
    scope: 'clients:read',
    query: periodQuery,
    answer: { status: 200, about: 'the figures', schema: loginsShape },
    async handle({ params, query }) {
      const id = idOf(params);
      if (!(await clients.record(id))) return refused('not-found');
      return { ok: true, body: { items: (await statistics.of(query.period, id)).map(countsBody) } };
    },
  });
}

const countsBody = ({ at, counts }: Counts) => ({ at: timeBody(at), counts });
