/** Everything that Redis holds for us, by SCAN on every master. */
import { StoreUnavailable } from '../../provider/flows/ports.ts';
import { heldDocument, heldMembers, heldStream } from '../holding.ts';
import { type Holding, type Key, tipOf } from '../store.ts';
import { isCluster, type Redis } from './client.ts';
import { ALL_KEYS, documentKey, parsedKey, setKeys, streamKey } from './keys.ts';
import type { Link } from './link.ts';
import { mastersOf } from './masters.ts';
import { tipIn } from './tips.ts';
import { entryOf, placed } from './writes.ts';

interface Clock {
  now(): number;
}

/** Keys that a server looks at in one step, and members of a set in one page: it serves others in between. */
const AT_ONCE = 500;

/**
 * SCAN promises to name what is there from the beginning to the end, as long as it goes on where it began: in another
 * process, or with slots on their way to another master, its cursor means something else, and it leaves things out.
 */
export async function* walk(link: Link, clock: Clock): AsyncGenerator<Holding> {
  const before = await link.ask(identity);
  for (const node of await link.ask(mastersOf)) {
    let cursor = '0';
    do {
      const step = await link.ask(() => node.scan(cursor, { MATCH: ALL_KEYS, COUNT: AT_ONCE }));
      yield* heldUnder(step.keys, link, clock);
      cursor = step.cursor;
    } while (cursor !== '0');
  }
  if ((await link.ask(identity)) !== before)
    throw new StoreUnavailable('Redis was restarted, replaced or resharded meanwhile: begin anew');
}

/** Which processes serve, and which slots. */
async function identity(redis: Redis): Promise<string> {
  const masters = await mastersOf(redis);
  const runs = await Promise.all(
    masters.map(async (node) => /^run_id:(\w+)/m.exec(await node.info('server'))?.[1]),
  );
  const slots = isCluster(redis) ? redis.slots.map((shard) => shard?.master.id) : [];
  return JSON.stringify([runs.toSorted(), slots]);
}

async function* heldUnder(texts: readonly string[], link: Link, clock: Clock): AsyncGenerator<Holding> {
  const found = texts.flatMap((text) => parsedKey(text) ?? []);
  const of = (kind: 'document' | 'set' | 'stream') => found.filter((key) => key.kind === kind);

  const documents = of('document');
  const values = await link.ask((redis) => Promise.all(documents.map((key) => redis.get(documentKey(key)))));
  for (const [index, key] of documents.entries()) {
    const entry = entryOf(key, values[index] ?? null, clock.now());
    if (entry) yield heldDocument(key, entry.value, entry.expiresAt);
  }
  for (const key of of('set')) yield* membersOf(key, link, clock);
  for (const key of of('stream')) {
    const elements = await link.ask((redis) => redis.lRange(streamKey(key), 0, -1));
    const holding = streamOf(key, elements, clock.now());
    if (holding.writes.length > 0) yield holding;
  }
}

function streamOf(key: Key, elements: readonly string[], now: number): Holding {
  const tip = tipIn(elements.at(-1));
  const entries = tip === undefined ? elements : elements.slice(0, -1);
  const place = tipOf(key);
  const document = tip === undefined ? undefined : entryOf(place, tip, now);
  return heldStream(
    key,
    entries.map((text) => placed(key, text).value),
    document && heldDocument(place, document.value, document.expiresAt),
  );
}

async function* membersOf(set: Key, link: Link, clock: Clock): AsyncGenerator<Holding> {
  const keys = setKeys(set);
  // Brings what releases before wrote into today's form.
  await link.ask((redis) => redis.members({ keys, args: [`${clock.now()}`, '-', '0'] }));
  let cursor = '0';
  do {
    const step = await link.ask((redis) => redis.zScan(keys[0], cursor, { COUNT: AT_ONCE }));
    const alive = step.members
      .map(({ value, score }) => ({ member: value, expiresAt: score === 0 ? undefined : score }))
      .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > clock.now());
    if (alive.length > 0) yield heldMembers(set, alive);
    cursor = step.cursor;
  } while (cursor !== '0');
}
