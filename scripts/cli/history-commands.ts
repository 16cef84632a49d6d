/** `history verify`, `history export`, `history trim`: what was done with accounts and clients, and whether that was touched. */
import { once } from 'node:events';
import { storedAccounts } from '../../adapters/accounts.ts';
import { chainKeys } from '../../adapters/chain.ts';
import { entriesOf, streamsOf, thinned, verifiedStream } from '../../adapters/chain-audit.ts';
import { CLIENT_STREAM } from '../../adapters/clients.ts';
import { historyKey } from '../../adapters/history.ts';
import type { Engine, Key } from '../../adapters/store.ts';
import { systemClock } from '../../adapters/system.ts';
import { readEnv } from '../../config/env.ts';
import { HISTORY_RETENTION } from '../../config/policy.ts';
import type { Finding } from '../../provider/core/chain-verdict.ts';
import { type HistoryFilter, isKept, matches } from '../../provider/core/history-filter.ts';
import { type HistoryPlace, historyLine } from '../../provider/core/history-line.ts';
import { type Answer, Problem, table } from './answer.ts';
import { withEngine } from './opened.ts';

/** Told one by one; of a store that was rewritten there may be millions. */
const MOST_FINDINGS = 1_000;

/**
 * Whoever can write to the store could take all links off a history, which then looks like one from before there were
 * chains: such are findings, unless the operator says that the store is that old.
 */
export async function verifyHistories({
  trustUnchained = false,
}: {
  readonly trustUnchained?: boolean;
}): Promise<Answer> {
  const env = readEnv();
  const keys = chainKeys(env.secretKeys);
  const counts = { streams: 0, entries: 0, unchained: 0, findings: 0 };
  const found: (Finding & { readonly stream: string })[] = [];
  await withEngine(env, async (engine) => {
    for await (const stream of streamsOf(engine)) {
      const { entries, unchained, findings: ofChain } = await verifiedStream(engine, stream, keys);
      const isBare = unchained > 0 && !trustUnchained;
      const findings: readonly Finding[] = isBare ? [{ kind: 'unchained' }, ...ofChain] : ofChain;
      counts.streams += 1;
      counts.entries += entries;
      counts.unchained += unchained;
      counts.findings += findings.length;
      const room = Math.max(0, MOST_FINDINGS - found.length);
      found.push(...findings.slice(0, room).map((one) => ({ stream: nameOf(stream), ...one })));
    }
  });
  const { streams, entries, unchained, findings } = counts;
  const rows = found.map(({ stream, kind, seq }) => [stream, seq === undefined ? '' : `${seq}`, kind]);
  const summary = `${streams} histories, ${entries} entries, ${unchained} of them from before there were chains; ${findings} findings.`;
  return {
    document: { ...counts, found },
    text: findings === 0 ? summary : `${table([['HISTORY', 'ENTRY', 'FINDING'], ...rows])}\n${summary}`,
    failed: findings > 0,
  };
}

export interface ExportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly kind?: string;
  readonly account?: string;
  readonly client?: string;
  readonly outcome?: string;
}

/** Writes the lines itself, as they come. */
export async function exportHistories(options: ExportOptions): Promise<Answer> {
  const filter = filterOf(options);
  await withEngine(readEnv(), async (engine) => {
    for await (const stream of await asked(engine, options.account))
      for await (const { seq, content } of entriesOf(engine, stream))
        if (matches(filter, content, clientOf(stream)))
          await written(historyLine(content, { ...placeIn(stream), seq }));
  });
  return { document: undefined, text: '' };
}

export async function trimHistories(): Promise<Answer> {
  const env = readEnv();
  const keys = chainKeys(env.secretKeys);
  const now = systemClock.now();
  const counts = { streams: 0, dropped: 0, left: 0 };
  await withEngine(env, async (engine) => {
    for await (const stream of streamsOf(engine)) {
      const dropped = await thinned(engine, stream, keys, (content) =>
        isKept(HISTORY_RETENTION, content, now),
      );
      counts.streams += 1;
      if (dropped === 'findings') counts.left += 1;
      if (typeof dropped === 'number') counts.dropped += dropped;
    }
  });
  const { streams, dropped, left } = counts;
  return {
    document: counts,
    text: `${streams} histories, ${dropped} entries dropped; ${left} histories left as they are: see history verify.`,
    failed: left > 0,
  };
}

async function asked(engine: Engine, username?: string): Promise<AsyncIterable<Key> | Key[]> {
  if (username === undefined) return streamsOf(engine);
  const account = await storedAccounts(engine, systemClock).findByUsername(username);
  if (!account) throw new Problem('unknown-account', 'there is no account with this user name');
  return [historyKey(account.id)];
}

function filterOf({ from, to, kind, client, outcome }: ExportOptions): HistoryFilter {
  if (outcome !== undefined && outcome !== 'accepted' && outcome !== 'refused')
    throw new Problem('usage', '--outcome: accepted or refused');
  return {
    ...(from !== undefined && { from: timeOf('--from', from) }),
    ...(to !== undefined && { to: timeOf('--to', to) }),
    ...(kind !== undefined && { kind }),
    ...(client !== undefined && { client }),
    ...(outcome !== undefined && { outcome }),
  };
}

function timeOf(option: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new Problem('usage', `${option}: a day (2030-01-31) or a time in ISO 8601`);
  return at;
}

const nameOf = ({ partition, name }: Key) => `${partition}/${name}`;
const clientOf = ({ partition, name }: Key) =>
  name === CLIENT_STREAM ? partition.slice(partition.indexOf(':') + 1) : undefined;

function placeIn({ partition }: Key): HistoryPlace {
  const [kind, ...id] = partition.split(':');
  if (kind === 'account' || kind === 'client') return { history: kind, id: id.join(':') };
  return { history: 'journal' };
}

/** No faster than it is read. */
async function written(line: object): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain');
}
