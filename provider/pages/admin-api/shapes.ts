/** What all operations name their schemas by, and the smallest of these. */
import { z } from 'zod';
import { UNREADABLE } from '../../core/unreadable.ts';

/** Every schema of the OpenAPI document, by its name there. */
export const SHAPES = z.registry<{ id: string }>();

export function named<T extends z.ZodType>(id: string, schema: T): T {
  SHAPES.add(schema, { id });
  return schema;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const timeShape = z.string().regex(TIME).meta({ description: 'ISO 8601 in UTC' });

/** Milliseconds since the epoch, as {@link timeShape}. */
export const timeBody = (at: number) => new Date(at).toISOString();
/** Members that are undefined are none. */
export const maybeTimeBody = (at: number | undefined) => (at === undefined ? undefined : timeBody(at));

export const actorShape = named(
  'Actor',
  z.object({ kind: z.enum(['account', 'client', 'command-line']), id: z.string(), name: z.string() }),
);

export const unreadableShape = named(
  'Unreadable',
  z
    .object({ kind: z.literal(UNREADABLE.kind) })
    .meta({ description: 'in place of an entry that is damaged; the log tells which' }),
);
