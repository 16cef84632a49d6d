/** Files of many rows, read a piece at a time: what is bad in one row is told of it, and the next one is read. */
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { readJson } from '../../provider/core/json.ts';
import { Problem } from './answer.ts';
import { linesOf, MOST_BYTES, type Piece, withQuotes } from './pieces.ts';

export type Format = 'csv' | 'ndjson';

/** `line` is where the row begins, counted from 1. */
export type Row = { readonly line: number } & Content;

type Content = { readonly fields: Readonly<Record<string, unknown>> } | { readonly fault: string };

/** In the order of the file. `onBytes` hears how far it has been read. Throws {@link Problem} for an unreadable file. */
export async function* rowsOf(
  file: string,
  format: Format,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<Row> {
  const lines = linesOf(chunksOf(file, onBytes));
  if (format === 'ndjson') for await (const line of lines) yield* textRow(line, jsonRow);
  else yield* csvRows(withQuotes(lines));
}

async function* chunksOf(file: string, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file)) {
      onBytes(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw new Problem('unreadable-file', `the file can't be read: ${(error as Error).message}`);
  }
}

async function* csvRows(pieces: AsyncIterable<Piece>): AsyncGenerator<Row> {
  let header: Header | undefined;
  for await (const piece of pieces) {
    if (header) {
      const known = header;
      yield* textRow(piece, (text) => csvRow(text, known));
      continue;
    }
    header = headerOf(piece);
  }
}

/** A semicolon stands between the cells where a comma stands in numbers, as spreadsheets in Hungarian write them. */
type Delimiter = ',' | ';';

interface Header {
  readonly columns: readonly string[];
  readonly delimiter: Delimiter;
}

function headerOf({ bytes }: Piece): Header {
  const text = (bytes && utf8(bytes)) ?? '';
  const delimiter = text.includes(';') && !text.includes(',') ? ';' : ',';
  const columns = cellsOf(text, delimiter);
  if (!columns || columns.length === 0) throw new Problem('bad-header', 'the first line names no columns');
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice !== undefined) throw new Problem('bad-header', `the first line names ${twice} twice`);
  return { columns, delimiter };
}

function csvRow(text: string, { columns, delimiter }: Header): Content {
  const cells = cellsOf(text, delimiter);
  if (!cells) return { fault: 'is not valid CSV' };
  if (cells.length !== columns.length)
    return { fault: `has ${cells.length} cells instead of ${columns.length}` };
  return { fields: Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])) };
}

/** Undefined for what is no single record. */
function cellsOf(text: string, delimiter: Delimiter): string[] | undefined {
  try {
    const records: string[][] = parse(text, { delimiter, relax_column_count: true });
    return records.length > 1 ? undefined : (records[0] ?? []);
  } catch {
    return undefined;
  }
}

const FAULTS = {
  'no-json': 'is not valid JSON',
  'forbidden-name': 'has a field called __proto__, constructor or prototype',
  'too-deep': 'nests too deeply',
  'no-text': 'holds control characters',
} as const;

function jsonRow(text: string): Content {
  const read = readJson(text);
  if (!read.ok) return { fault: FAULTS[read.because] };
  const { value } = read;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { fields: value as Record<string, unknown> } : { fault: 'is not a JSON object' };
}

/** Nothing for an empty line. */
function* textRow({ line, bytes }: Piece, read: (text: string) => Content): Generator<Row> {
  const text = bytes && utf8(bytes);
  if (!bytes) yield { line, fault: `is longer than ${MOST_BYTES} bytes` };
  else if (text === undefined) yield { line, fault: 'is not valid UTF-8' };
  else if (text.trim() !== '') yield { line, ...read(text) };
}

/** Without the byte order mark that spreadsheets write. */
function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
