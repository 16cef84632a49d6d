/** oidc-provider's storage of clients: it reads what their records present, and writes what software registers by itself. */
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Actor } from '../../provider/core/actor.ts';
import type { ClientMetadata } from '../../provider/core/client.ts';
import {
  type ClientSecret,
  changedClient,
  newClientRecord,
  stateOf,
} from '../../provider/core/client-record.ts';
import type { Clients, Clock } from '../../provider/flows/ports.ts';

export function clientStorage(clients: Clients, clock: Clock, plain: Adapter): Adapter {
  async function save(metadata: ClientMetadata): Promise<void> {
    const at = clock.now();
    const { client_id: id, client_secret: hash, ...rest } = metadata;
    const by: Actor = { kind: 'client', id, name: metadata.client_name ?? id };
    const secretsAfter = (before: readonly ClientSecret[]): readonly ClientSecret[] => {
      if (hash === undefined) return [];
      return before.some((secret) => secret.hash === hash) ? before : [{ hash, createdAt: at }];
    };
    const record = newClientRecord(metadata, at, { secrets: secretsAfter([]) });
    const version = { revision: 1, act: 'registered', at, by, is: stateOf(record) } as const;
    if (await clients.create(record, version)) return;
    await clients.update(id, (before) => {
      const change = { metadata: { ...rest, client_id: id }, secrets: secretsAfter(before.secrets) };
      return { ...changedClient(before, change, { act: 'edited', at, by }), result: undefined };
    });
  }

  return {
    ...plain,
    find: async (id) => (await clients.find(id)) as AdapterPayload | undefined,
    upsert: (_id, payload) => save(payload as unknown as ClientMetadata),
    async destroy(id) {
      const at = clock.now();
      await clients.remove(id, (record) => ({
        ...changedClient(record, {}, { act: 'removed', at, by: { kind: 'client', id, name: id } }).version,
      }));
    },
  };
}
