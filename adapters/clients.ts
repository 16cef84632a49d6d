/** The portals' clients, over the store: a record each, changed by compare-and-set, its versions in the same commit. */
import type { ClientMetadata } from '../provider/core/client.ts';
import {
  type ClientRecord,
  type ClientVersion,
  presentedClient,
  VERSIONS_KEPT,
} from '../provider/core/client-record.ts';
import type { Clients, Clock } from '../provider/flows/ports.ts';
import type { Key, Store, Write } from './store.ts';
import { update } from './update.ts';

const DIRECTORY: Key = { partition: 'directory', name: 'clients' };
/** The topic of notices about clients; the message is the id of the one that changed. */
const CHANGED = 'client';
export const CLIENT_STREAM = 'versions';

/** An index: it may name clients that are somebody else's by now; the record decides. */
const ownedKey = (accountId: string): Key => ({ partition: `owner:${accountId}`, name: 'clients' });
const MOST_OWNED = 500;

const partitionOf = (id: string) => `client:${id}`;
const recordKey = (id: string): Key => ({ partition: partitionOf(id), name: 'record' });

const told = (version: ClientVersion): Write => ({
  kind: 'append',
  stream: CLIENT_STREAM,
  value: version,
  keep: VERSIONS_KEPT,
});

export function storedClients(store: Store, clock: Clock): Clients {
  async function record(id: string): Promise<ClientRecord | undefined> {
    return (await store.get<ClientRecord>(recordKey(id)))?.value;
  }

  async function find(id: string): Promise<ClientMetadata | undefined> {
    const found = await record(id);
    return found && presentedClient(found, clock.now());
  }

  async function list({ after, limit }: { after?: string; limit: number }): Promise<ClientRecord[]> {
    const ids = await store.members(DIRECTORY, { limit, ...(after !== undefined && { after }) });
    const entries = await store.getMany<ClientRecord>(ids.map(recordKey));
    return entries.flatMap((entry) => (entry ? [entry.value] : []));
  }

  async function noteOwners(id: string, owners: readonly string[]): Promise<void> {
    for (const { partition, name } of owners.map(ownedKey))
      await store.commit(partition, [{ kind: 'add', set: name, member: id }]);
  }

  return {
    find,
    record,
    list,

    async ownedBy(accountId) {
      const ids = await store.members(ownedKey(accountId), { limit: MOST_OWNED });
      const entries = await store.getMany<ClientRecord>(ids.map(recordKey));
      return entries.flatMap((entry) => (entry?.value.owners.includes(accountId) ? [entry.value] : []));
    },

    async create(record, version) {
      const { client_id: id } = record.metadata;
      const { partition, name } = recordKey(id);
      // An id that is used again is another client: what the one before was given stays dead.
      const [former] = await store.range({ partition, name: CLIENT_STREAM }, { limit: 1 });
      const value = former ? { ...record, grantsSince: record.createdAt } : record;
      const put: Write = { kind: 'put', name, value, expect: 'absent' };
      await noteOwners(id, value.owners);
      if (!(await store.commit(partition, [put, told(version)]))) return false;
      await store.commit(DIRECTORY.partition, [{ kind: 'add', set: DIRECTORY.name, member: id }]);
      await store.notify(CHANGED, id);
      return true;
    },

    async update(id, change) {
      let owners: readonly string[] = [];
      const result = await update<ClientRecord, ReturnType<typeof change>['result'] | undefined>(
        store,
        recordKey(id),
        (entry) => {
          if (!entry) return { write: 'keep', result: undefined };
          const { record: changed, version, result } = change(entry.value);
          if (!version) return { write: 'keep', result };
          owners = changed.owners;
          return { write: { value: changed }, alongside: [told(version)], result };
        },
      );
      await noteOwners(id, owners);
      await store.notify(CHANGED, id);
      return result;
    },

    async remove(id, version) {
      const { partition, name } = recordKey(id);
      const entry = await store.get<ClientRecord>(recordKey(id));
      if (!entry) return false;
      const last = version(entry.value);
      if (!last) return false;
      const expect = { version: entry.version };
      if (!(await store.commit(partition, [{ kind: 'remove', name, expect }, told(last)])))
        return this.remove(id, version);
      await store.commit(DIRECTORY.partition, [{ kind: 'drop', set: DIRECTORY.name, member: id }]);
      await store.notify(CHANGED, id);
      return true;
    },

    async versions(id, page) {
      const entries = await store.range<ClientVersion>(
        { partition: partitionOf(id), name: CLIENT_STREAM },
        page,
      );
      return entries.map(({ id: cursor, value }) => ({ cursor, ...(value && { version: value }) }));
    },

    async onChange(listener) {
      await store.onNotice(CHANGED, listener);
    },
  };
}
