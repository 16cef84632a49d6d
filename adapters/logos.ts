/** Logos over the store, each under the hash of its bytes: what is there never changes, so browsers may keep it for good. */
import { createHash } from 'node:crypto';
import type { Logos } from '../provider/flows/ports.ts';
import type { Store } from './store.ts';

const keyOf = (name: string) => ({ partition: `logo:${name}`, name: 'png' });

export function storedLogos(store: Store): Logos {
  return {
    async keep(png) {
      const name = `${createHash('sha256').update(png).digest('base64url')}.png`;
      const value = Buffer.from(png).toString('base64');
      await store.commit(keyOf(name).partition, [{ kind: 'put', name: 'png', value }]);
      return name;
    },
    async find(name) {
      const found = await store.get<string>(keyOf(name));
      return found && Buffer.from(found.value, 'base64');
    },
  };
}
