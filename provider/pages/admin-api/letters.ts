/** What was given up of what leaves the house, for programs. Nothing tells for whom a mail was, or what is in it. */
import { z } from 'zod';
import { QUEUES } from '../../core/delivery.ts';
import type { Letters } from '../../flows/dead-letters.ts';
import type { DeadLetter } from '../../flows/ports.ts';
import { type Call, type Operation, operation, type Reply } from './operation.ts';
import { pageOf, pageQuery, pageShape } from './paging.ts';
import { refused } from './problem.ts';
import { named, timeBody, timeShape } from './shapes.ts';

const PATH = '/letters';
const queue = z.enum(QUEUES).meta({ description: '`logout`: notices to portals' });

const letterShape = named(
  'Letter',
  z.object({
    id: z.string(),
    queue,
    about: z.string().meta({ description: 'which mail; may grow' }),
    client_id: z.string().optional().meta({ description: 'the portal that a notice is for' }),
    put_at: timeShape,
    attempts: z.int(),
    because: z
      .string()
      .optional()
      .meta({ description: 'why the last try failed, in words that name nobody' }),
  }),
);
const letterPage = pageShape('Letter', letterShape);
const sending = named('LettersSentAgain', z.object({ count: z.int() }));
const whole = named('LettersToSendAgain', z.strictObject({ queue }));

/** A reference has slashes, which proxies on the way may read as they like. */
const toId = (reference: string) => Buffer.from(reference).toString('base64url');
const fromId = (id = '') => Buffer.from(id, 'base64url').toString();

export function letterOperations(letters: Letters): Operation[] {
  const each =
    (act: Letters['drop']) =>
    async ({ params, by, origin }: Call<unknown, unknown>): Promise<Reply> =>
      (await act(fromId(params.letter_id), { by, origin })) ? { ok: true } : refused('not-found');

  return [
    operation({
      id: 'listLetters',
      summary: 'Mails and notices to portals that were given up, the oldest first; kept for 30 days',
      method: 'get',
      path: PATH,
      scope: 'letters:read',
      query: pageQuery,
      answer: { status: 200, about: 'a page of them', schema: letterPage },
      handle: ({ query }) =>
        pageOf(query, ({ from: after, limit }) => letters.list({ limit, ...(after && { after }) }), {
          placeOf: ({ place }) => place,
          body: letterBody,
        }),
    }),
    operation({
      id: 'sendLettersAgain',
      summary: 'Send all of a queue again, 500 at most',
      method: 'post',
      path: `${PATH}/send-again`,
      scope: 'letters:write',
      body: whole,
      answer: { status: 200, about: 'how many; 500: there may be more', schema: sending },
      handle: async ({ body, by, origin }) => ({
        ok: true,
        body: { count: await letters.sendAllAgain(body.queue, { by, origin }) },
      }),
    }),
    operation({
      id: 'sendLetterAgain',
      summary: 'Send one again, with as much time as it had',
      method: 'post',
      path: `${PATH}/{letter_id}/send-again`,
      scope: 'letters:write',
      answer: { status: 204, about: 'it is on its way' },
      handle: each(letters.sendAgain),
    }),
    operation({
      id: 'dropLetter',
      summary: 'Forget one: nobody will get it',
      method: 'delete',
      path: `${PATH}/{letter_id}`,
      scope: 'letters:write',
      answer: { status: 204, about: 'it is gone' },
      handle: each(letters.drop),
    }),
  ];
}

function letterBody({
  reference,
  place: _,
  clientId,
  putAt,
  ...rest
}: DeadLetter): z.input<typeof letterShape> {
  return { id: toId(reference), client_id: clientId, put_at: timeBody(putAt), ...rest };
}
