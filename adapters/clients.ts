/** The portals' clients, over the store. */
import type { ClientMetadata } from '../provider/core/client.ts';
import type { Clients } from '../provider/flows/ports.ts';
import type { Key, Store } from './store.ts';

const DIRECTORY: Key = { partition: 'directory', name: 'clients' };
/** The topic of notices about clients; the message is the id of the one that changed. */
const CHANGED = 'client';
const clientKey = (id: string): Key => ({ partition: `client:${id}`, name: 'metadata' });

export function storedClients(store: Store): Clients {
  async function find(id: string): Promise<ClientMetadata | undefined> {
    return (await store.get<ClientMetadata>(clientKey(id)))?.value;
  }

  async function allIds(): Promise<string[]> {
    const ids: string[] = [];
    const limit = 500;
    for (;;) {
      const after = ids.at(-1);
      const page = await store.members(DIRECTORY, { limit, ...(after !== undefined && { after }) });
      ids.push(...page);
      if (page.length < limit) return ids;
    }
  }

  async function put(value: ClientMetadata, expectation: { expect?: 'absent' }): Promise<boolean> {
    const { partition, name } = clientKey(value.client_id);
    const member = value.client_id;
    if (!(await store.commit(partition, [{ kind: 'put', name, value, ...expectation }]))) return false;
    await store.commit(DIRECTORY.partition, [{ kind: 'add', set: DIRECTORY.name, member }]);
    await store.notify(CHANGED, member);
    return true;
  }

  return {
    find,
    async list() {
      const entries = await store.getMany<ClientMetadata>((await allIds()).map(clientKey));
      return entries.flatMap((entry) => (entry ? [entry.value] : []));
    },
    create: (metadata) => put(metadata, { expect: 'absent' }),
    async replace(metadata) {
      await put(metadata, {});
    },
    async remove(id) {
      if (!(await find(id))) return false;
      const { partition, name } = clientKey(id);
      await store.commit(partition, [{ kind: 'remove', name }]);
      await store.commit(DIRECTORY.partition, [{ kind: 'drop', set: DIRECTORY.name, member: id }]);
      await store.notify(CHANGED, id);
      return true;
    },
    async onChange(listener) {
      await store.onNotice(CHANGED, listener);
    },
  };
}
