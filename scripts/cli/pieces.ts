/** The bytes of a file of rows, cut into rows, in constant memory however long one of them is. */

/** One row: `line` is where it begins, counted from 1; without `bytes` it was longer than {@link MOST_BYTES}. */
export interface Piece {
  readonly line: number;
  readonly bytes: Buffer | undefined;
}

/** Many times what a person's data need. */
export const MOST_BYTES = 16 * 1024;
const LF = 10;
const QUOTE = 34;

export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let line = 1;
  let begun = new Gathered();
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      begun.add(chunk.subarray(from, end));
      yield { line, bytes: begun.bytes() };
      begun = new Gathered();
      line += 1;
      from = end + 1;
    }
    begun.add(chunk.subarray(from));
  }
  yield { line, bytes: begun.bytes() };
}

/** Never more than a row may have, however much comes. */
class Gathered {
  private parts: Buffer[] = [];
  private size = 0;

  add(part: Buffer | undefined): void {
    this.size += part?.length ?? MOST_BYTES + 1;
    if (this.size > MOST_BYTES) this.parts = [];
    else if (part && part.length > 0) this.parts.push(part);
  }

  bytes(): Buffer | undefined {
    return this.size > MOST_BYTES ? undefined : Buffer.concat(this.parts);
  }
}

/** A line that ends within quotes goes on in the next one (RFC 4180 §2.6). */
export async function* withQuotes(lines: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  let begun: { line: number; row: Gathered } | undefined;
  for await (const { line, bytes } of lines) {
    const odd = bytes !== undefined && isOdd(bytes);
    if (!begun && !odd) {
      yield { line, bytes };
      continue;
    }
    const opens = begun === undefined;
    begun ??= { line, row: new Gathered() };
    begun.row.add(opens ? bytes : Buffer.from('\n'));
    if (!opens) begun.row.add(bytes);
    if ((opens || !odd) && begun.row.bytes()) continue;
    yield { line: begun.line, bytes: begun.row.bytes() };
    begun = undefined;
  }
  if (begun) yield { line: begun.line, bytes: begun.row.bytes() };
}

function isOdd(bytes: Buffer): boolean {
  let odd = false;
  for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) odd = !odd;
  return odd;
}
