/** What a command hands back: one document for machines, the same in words for people. */

export interface Answer {
  readonly document: unknown;
  readonly text: string;
  /** The command did its work and found something wrong. */
  readonly failed?: boolean;
}

/** Why a command could not do its work. `usage` is the caller's command line, everything else is the state of things. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  constructor(code: 'usage' | 'configuration' | (string & {}), message: string) {
    super(message);
    this.code = code;
  }
}

/** What went wrong, and why, as far as anybody knows. */
export function inFull({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${inFull(cause)}` : message;
}

/** Rows of equal columns; control characters of what others once stored can't move the cursor. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/\p{C}/gu, '?')));
  const widths = (clean[0] ?? []).map((_, column) =>
    Math.max(...clean.map((row) => [...(row[column] ?? '')].length)),
  );
  return clean
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `name: value` lines, without those that have no value. */
export function lines(pairs: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== '');
  return table(
    given.map(([name, value]) => [`${name}:`, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** One id in 64 begins with a hyphen. A slip in an option's name is refused all the same: as an argument too many. */
export const ID_LIKE_OPTION = true;

/** Makes a command's action of what loads it: none waits for what only another one needs. */
export type Running = <A extends unknown[]>(
  load: () => Promise<(...given: A) => Promise<Answer>>,
) => (...given: A) => Promise<void>;
