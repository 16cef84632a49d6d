/** Documents as they are written, wherever they lie. */
import { type Key, keyText, streamOfTip } from '../store.ts';
import type { Redis } from './client.ts';
import { documentKey } from './keys.ts';
import { tipAt } from './tips.ts';

export function textAt(redis: Redis, key: Key): Promise<string | null> {
  const stream = streamOfTip(key);
  return stream ? tipAt(redis, stream) : redis.get(documentKey(key));
}

/** In the order of `keys`; documents of one partition, which lie in one slot, come by one command. */
export async function textsAt(redis: Redis, keys: readonly Key[]): Promise<(string | null)[]> {
  const texts = new Map<string, string | null>();
  const asking = groupsOf(keys).map(async (together) => {
    const [first, ...others] = together as [Key, ...Key[]];
    const found =
      others.length === 0 ? [await textAt(redis, first)] : await redis.mGet(together.map(documentKey));
    for (const [index, key] of together.entries()) texts.set(keyText(key), found[index] ?? null);
  });
  await Promise.all(asking);
  return keys.map((key) => texts.get(keyText(key)) ?? null);
}

/** Keys that one command may ask for. */
function groupsOf(keys: readonly Key[]): Key[][] {
  const groups = new Map<string, Key[]>();
  for (const key of keys) {
    const name = streamOfTip(key) ? keyText(key) : key.partition;
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups.values()];
}
