/** What somebody typed into a form and could not send, over the store: sealed, theirs alone, for some minutes. */
import type { Sealed } from '../provider/core/account.ts';
import type { Clock, Drafts, SecretBox } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { Key, Store } from './store.ts';

const KEPT_MS = 15 * 60_000;
/** In characters: larger than any form of ours. */
const LONGEST = 64 * 1024;

const idOf = (accountId: string, form: string) => hashedId(`${accountId}\u0000${form}`);
const draftKey = (id: string): Key => ({ partition: `draft:${id}`, name: 'typed' });

export function storedDrafts(store: Store, box: SecretBox, clock: Clock): Drafts {
  return {
    async keep(accountId, form, typed) {
      const text = JSON.stringify(typed);
      if (text.length > LONGEST) return;
      const id = idOf(accountId, form);
      const { partition, name } = draftKey(id);
      const value = box.seal(text, `draft:${id}`);
      await store.commit(partition, [{ kind: 'put', name, value, expiresAt: clock.now() + KEPT_MS }]);
    },

    async take(accountId, form) {
      const id = idOf(accountId, form);
      const entry = await store.get<Sealed>(draftKey(id));
      if (!entry) return undefined;
      const { partition, name } = draftKey(id);
      const expect = { version: entry.version };
      if (!(await store.commit(partition, [{ kind: 'remove', name, expect }]))) return undefined;
      const text = box.open(entry.value, `draft:${id}`);
      return text === undefined ? undefined : JSON.parse(text);
    },
  };
}
