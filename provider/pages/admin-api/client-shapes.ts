/** What of a client and its versions is shown, and how. No secret or hash is among it. */
import { z } from 'zod';
import type { ClientDraft, ClientRecord, ClientState, ClientVersion } from '../../core/client-record.ts';
import { shownMetadata } from '../../oidc/client-document.ts';
import { actorShape, maybeTimeBody, named, timeBody, timeShape } from './shapes.ts';

const text = z.string();

export const reasonsShape = z
  .record(text.max(200), text.max(2000))
  .meta({ description: 'why it needs what it may ask for, by scope' });

const clientDraft = z.object({
  metadata: z
    .looseObject({ client_id: text })
    .meta({ description: 'RFC 7591 and OpenID Connect Registration, with the properties that are ours' }),
  test: z.boolean().meta({ description: 'for a portal under construction' }),
  owners: z.array(text).meta({ description: "accounts of the portal's own people" }),
  reasons: reasonsShape.optional(),
});
const clientState = clientDraft.extend({ status: z.enum(['active', 'disabled']) });

export const draftShape = named('ClientDraft', clientDraft);
export const clientStateShape = named('ClientState', clientState);

export const clientShape = named(
  'Client',
  clientState.extend({
    client_id: text,
    revision: z.int().meta({ description: 'one more with every change; the ETag' }),
    created_at: timeShape,
    changed_at: timeShape,
    secrets: z.array(z.object({ id: text, created_at: timeShape, ends_at: timeShape.optional() })),
    waiting: z.boolean().meta({ description: 'a change waits for the approval of somebody else' }),
  }),
);

export const versionShape = named(
  'ClientVersion',
  z.object({
    revision: z.int(),
    act: text.meta({ description: 'registered, edited, disabled and the like; may grow' }),
    at: timeShape,
    by: actorShape,
    why: text.optional(),
    was: clientStateShape.optional(),
    is: clientStateShape,
  }),
);

export function draftBody({ metadata, test, owners, reasons }: ClientDraft) {
  return { metadata: shownMetadata(metadata), test, owners: [...owners], reasons };
}

export function clientBody(record: ClientRecord): z.input<typeof clientShape> {
  const { metadata, status, revision, createdAt, changedAt, secrets, proposal } = record;
  return {
    client_id: metadata.client_id,
    ...draftBody(record),
    status,
    revision,
    created_at: timeBody(createdAt),
    changed_at: timeBody(changedAt),
    secrets: secrets.map((one) => ({
      id: `${one.createdAt}`,
      created_at: timeBody(one.createdAt),
      ends_at: maybeTimeBody(one.endsAt),
    })),
    waiting: proposal !== undefined,
  };
}

export function versionBody({ revision, act, at, by, why, was, is }: ClientVersion) {
  const state = (one: ClientState) => ({ ...draftBody(one), status: one.status });
  return { revision, act, at: timeBody(at), by, why, was: was && state(was), is: state(is) };
}
