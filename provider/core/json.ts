/** Reading JSON that a stranger wrote: nothing clever in names, depth or letters. */

/** Names that would reach an object's prototype where somebody assigns by name. */
const FORBIDDEN_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype'];
const DEEPEST = 20;
/** Halves of letters, and control characters other than white space. */
const NO_TEXT = /(?![\t\n\r])[\p{Cc}\p{Cs}]/u;

export type ReadJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly because: 'no-json' | 'forbidden-name' | 'too-deep' | 'no-text' };

export function readJson(text: string): ReadJson {
  try {
    const value: unknown = JSON.parse(text);
    const because = faultIn(value);
    return because === undefined ? { ok: true, value } : { ok: false, because };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { ok: false, because: 'no-json' };
    throw error;
  }
}

/** Without recursion: whoever nests deeply must not be the one who finds out how deep our stack is. */
function faultIn(document: unknown): Fault | undefined {
  const left: Part[] = [{ value: document, depth: 0 }];
  for (let next = left.pop(); next; next = left.pop()) {
    const { value, depth } = next;
    const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const fault = faultOf(next) ?? inner.map(([name]) => faultOfName(name)).find(Boolean);
    if (fault) return fault;
    left.push(...inner.map(([, part]) => ({ value: part, depth: depth + 1 })));
  }
  return undefined;
}

type Fault = Extract<ReadJson, { ok: false }>['because'];

interface Part {
  readonly value: unknown;
  readonly depth: number;
}

function faultOf({ value, depth }: Part): Fault | undefined {
  if (depth > DEEPEST) return 'too-deep';
  return typeof value === 'string' && NO_TEXT.test(value) ? 'no-text' : undefined;
}

function faultOfName(name: string): Fault | undefined {
  if (FORBIDDEN_NAMES.includes(name)) return 'forbidden-name';
  return NO_TEXT.test(name) ? 'no-text' : undefined;
}
