/** How names look in Redis. All keys of a partition share a hash tag, so that a commit touches one slot of a cluster. */
import type { Key } from '../store.ts';

/** What all keys begin with. */
export const ALL_KEYS = 'kapu*';

export function documentKey(key: Key): string {
  return `kapu:${tagged(key)}`;
}

export function streamKey(key: Key): string {
  return `kapu-list:${tagged(key)}`;
}

/** Where a set is, and where releases before kept when its members expire. */
export function setKeys(key: Key): readonly [members: string, expiries: string] {
  return [`kapu-set:${tagged(key)}`, `kapu-set-expiries:${tagged(key)}`];
}

/** The way back. Undefined for what is not ours, and for what belongs to something else. */
export function parsedKey(
  text: string,
): (Key & { readonly kind: 'document' | 'set' | 'stream' }) | undefined {
  const [, kind = '', tag, name = ''] = /^kapu(|-set|-list):\{([^}]*)\}:(.*)$/s.exec(text) ?? [];
  if (tag === undefined) return undefined;
  const partition = tag === '%' ? '' : tag.replace(/%(25|7b|7d)/g, (escaped) => decodeURIComponent(escaped));
  return { kind: kind === '' ? 'document' : kind === '-set' ? 'set' : 'stream', partition, name };
}

/** A brace in a partition would end the hash tag, and an empty one would be none: both are written otherwise. */
function tagged({ partition, name }: Key): string {
  const tag = partition.replace(/[%{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  return `{${tag === '' ? '%' : tag}}:${name}`;
}
