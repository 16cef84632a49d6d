/** `account import`: accounts of another system from a file, row by row, as often as it takes. */
import { once } from 'node:events';
import { createWriteStream, rmSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { Registration, Taken } from '../../provider/flows/accounts.ts';
import { COLUMNS, importedAccountFrom } from './account-input.ts';
import { type Answer, lines, Problem } from './answer.ts';
import { type Interruption, interruption, until } from './interruption.ts';
import { withKapu } from './opened.ts';
import { type Progress, progressOn } from './progress.ts';
import { type Format, type Row, rowsOf } from './rows.ts';

export interface ImportOptions {
  readonly format?: string;
  readonly refused?: string;
}

/** Rows under way at the same time. */
const AT_ONCE = 50;

export async function importAccounts(
  file: string,
  { format: named, refused: place = `${file}.refused.ndjson` }: ImportOptions,
  command: Command,
): Promise<Answer> {
  if (path.resolve(place) === path.resolve(file))
    throw new Problem('usage', '--refused names the file that is to be read');
  const format = formatOf(file, named);
  await refuseUnknownFields(file, format);
  const silent = command.optsWithGlobals<{ json?: boolean }>().json === true;
  const progress = progressOn(process.stderr, sizeOf(file), silent);
  const report = new Report(place);
  const stopping = interruption();
  const rows = until(rowsOf(file, format, progress.read), stopping.asked);
  const counts = { imported: 0, 'there already': 0, refused: 0 };
  await withKapu(({ importAccount }) =>
    eachAtOnce(rows, AT_ONCE, async (row) => {
      const outcome = await taken(row, importAccount);
      counts[typeof outcome === 'string' ? outcome : 'refused'] += 1;
      if (typeof outcome !== 'string') await report.add({ line: row.line, ...outcome });
      progress.show(counts);
    }),
  ).finally(() => ended(progress, report, stopping));
  return answered(counts, place, stopping.asked());
}

async function ended(progress: Progress, report: Report, stopping: Interruption): Promise<void> {
  stopping.end();
  progress.end();
  await report.end();
}

function answered(counts: Counts, place: string, interrupted: boolean): Answer {
  const { imported, refused, 'there already': thereAlready } = counts;
  const told = lines({ ...counts, ...(refused > 0 && { report: place }) });
  return {
    document: {
      imported,
      thereAlready,
      refused,
      ...(refused > 0 && { refusedFile: place }),
      ...(interrupted && { interrupted }),
    },
    text: interrupted ? `${told}\n${GO_ON}` : told,
    failed: interrupted || refused > 0,
  };
}

const GO_ON = 'Interrupted. Run the same command again: it goes on with those who are not there yet.';

export interface Counts {
  readonly imported: number;
  readonly 'there already': number;
  readonly refused: number;
}

interface RefusedRow {
  readonly username?: string;
  readonly reasons: readonly string[];
}

const WORDS: Readonly<Record<Exclude<Taken, 'username-taken'>, 'imported' | 'there already'>> = {
  imported: 'imported',
  'there-already': 'there already',
};

async function taken(row: Row, importAccount: Registration['importAccount']) {
  if ('fault' in row) return { reasons: [row.fault] } satisfies RefusedRow;
  const input = importedAccountFrom(row.fields);
  if (!input.ok) return { ...named(row.fields), reasons: input.problems } satisfies RefusedRow;
  const outcome = await importAccount(input.wanted, { by: COMMAND_LINE });
  if (outcome !== 'username-taken') return WORDS[outcome];
  return { ...named(row.fields), reasons: ['username is taken by another account'] } satisfies RefusedRow;
}

const named = ({ username }: Readonly<Record<string, unknown>>) =>
  typeof username === 'string' ? { username } : {};

/**
 * The refused rows, for whoever mends them; there is no file when there are none, nor one of an earlier run. Nothing
 * secret is in it.
 */
class Report {
  private readonly place: string;
  private open: WriteStream | undefined;

  constructor(place: string) {
    this.place = place;
    rmSync(place, { force: true });
  }

  async add(row: RefusedRow & { readonly line: number }): Promise<void> {
    this.open ??= createWriteStream(this.place, { mode: 0o600 });
    if (!this.open.write(`${JSON.stringify(row)}\n`)) await once(this.open, 'drain');
  }

  async end(): Promise<void> {
    if (!this.open) return;
    this.open.end();
    await once(this.open, 'close');
  }
}

/** Before anything is written: a column with a mistake in its name would be missed in every account. */
async function refuseUnknownFields(file: string, format: Format): Promise<void> {
  for await (const row of rowsOf(file, format)) {
    if ('fault' in row) continue;
    const unknown = Object.keys(row.fields).filter((name) => !COLUMNS.includes(name));
    if (unknown.length > 0) {
      const names = unknown.map((name) => JSON.stringify(name)).join(', ');
      throw new Problem(
        'unknown-field',
        `line ${row.line}: unknown field ${names}; known: ${COLUMNS.join(', ')}`,
      );
    }
    if (format === 'csv') return;
  }
}

const ENDINGS: Readonly<Record<string, Format>> = { '.csv': 'csv', '.ndjson': 'ndjson', '.jsonl': 'ndjson' };

function formatOf(file: string, named: string | undefined): Format {
  const format = named ?? ENDINGS[path.extname(file).toLowerCase()];
  if (format === 'csv' || format === 'ndjson') return format;
  throw new Problem('usage', '--format must be csv or ndjson, where the name of the file does not tell');
}

function sizeOf(file: string): number {
  return statSync(file).size;
}

/** Takes the next one only when one of those under way has ended. */
async function eachAtOnce<T>(source: AsyncGenerator<T>, atOnce: number, task: (one: T) => Promise<void>) {
  const worker = async () => {
    for (let next = await source.next(); !next.done; next = await source.next()) await task(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
