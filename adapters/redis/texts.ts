/** Documents as they are written, wherever they lie. */
import { type Key, keyText, streamOfTip } from '../store.ts';
import { isCluster, type Redis } from './client.ts';
import { documentKey } from './keys.ts';
import { tipAt } from './tips.ts';

export function textAt(redis: Redis, key: Key): Promise<string | null> {
  const stream = streamOfTip(key);
  return stream ? tipAt(redis, stream) : redis.get(documentKey(key));
}

/** In the order of `keys`, by as few commands as can be. */
export async function textsAt(redis: Redis, keys: readonly Key[]): Promise<(string | null)[]> {
  const groups = groupsOf(keys, isCluster(redis));
  const answers = await Promise.all(groups.map((group) => answersTo(redis, group)));
  // Of one group they stand in order as they are.
  if (groups.length === 1) return answers.flat();
  const texts = new Map<string, string | null | undefined>();
  for (const [place, group] of groups.entries())
    for (const [index, key] of group.entries()) texts.set(keyText(key), answers[place]?.[index]);
  return keys.map((key) => texts.get(keyText(key)) ?? null);
}

function answersTo(redis: Redis, group: readonly [Key, ...Key[]]): Promise<(string | null)[]> {
  return group.length === 1
    ? textAt(redis, group[0]).then((text) => [text])
    : redis.mGet(group.map(documentKey));
}

/** Keys that one command may ask for: in a Cluster documents of one partition, which lie in one slot. */
export function groupsOf(keys: readonly Key[], inCluster: boolean): [Key, ...Key[]][] {
  const groups = new Map<string, [Key, ...Key[]]>();
  for (const key of keys) {
    const name = nameOfGroup(key, inCluster);
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups.values()];
}

function nameOfGroup(key: Key, inCluster: boolean): string {
  if (streamOfTip(key)) return keyText(key);
  return inCluster ? key.partition : '';
}
