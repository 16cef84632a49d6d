/** Lists in pages: `limit` and an opaque `cursor` come in, `items` and where to go on, `next`, go out. */
import { z } from 'zod';
import { named } from './shapes.ts';

const limit = z.coerce.number().int().min(1).max(200).default(50);
const cursor = z.string().regex(/^[\w-]{1,1200}$/);

export const pageQuery = z.strictObject({ limit, cursor: cursor.optional() });

export type PageQuery = z.output<typeof pageQuery>;

export function pageShape<T extends z.ZodType>(name: string, item: T) {
  const next = z
    .string()
    .optional()
    .meta({ description: 'the cursor of what follows; absent: that was all' });
  return named(`${name}Page`, z.object({ items: z.array(item), next }));
}

const toCursor = (place: string) => Buffer.from(place).toString('base64url');
export const fromCursor = (given: string) => Buffer.from(given, 'base64url').toString();

/** One page, and from which place the list goes on. */
export const pageReply = (items: readonly object[], next: string | undefined) =>
  ({ ok: true, body: { items, ...(next !== undefined && { next: toCursor(next) }) } }) as const;

/**
 * One page of a list: `read` answers `limit` entries at most from the place `from` on, `placeOf` where one stands. A
 * cursor that is none leads to no mistake but to a page of something else, or of nothing.
 */
export async function pageOf<T>(
  { limit: size, cursor: given }: PageQuery,
  read: (page: { from?: string; limit: number }) => Promise<readonly T[]>,
  { placeOf, body }: { placeOf: (entry: T) => string; body: (entry: T) => object },
) {
  const entries = await read({ limit: size + 1, ...(given !== undefined && { from: fromCursor(given) }) });
  const shown = entries.slice(0, size);
  const last = shown.at(-1);
  const more = entries.length > size && last !== undefined;
  return pageReply(shown.map(body), more ? placeOf(last) : undefined);
}
