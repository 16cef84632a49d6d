/** What stands before the store to watch it: the one list of the calls that ask it. */
import type { Store } from './store.ts';

type Asking = 'get' | 'getMany' | 'commit' | 'count' | 'members' | 'range';

/** Makes of a call one that does the same, with something around it. */
export type Around = <A extends unknown[], R>(
  operation: Asking,
  call: (...given: A) => Promise<R>,
) => (...given: A) => Promise<R>;

/** The same store, with every call that asks it made anew. */
export function aroundStore<S extends Store>(store: S, around: Around): S {
  return {
    ...store,
    get: around('get', store.get) as Store['get'],
    getMany: around('getMany', store.getMany) as Store['getMany'],
    commit: around('commit', store.commit),
    count: around('count', store.count),
    members: around('members', store.members),
    range: around('range', store.range) as Store['range'],
  };
}
