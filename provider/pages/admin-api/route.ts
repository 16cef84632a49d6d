/** Which operation a request is for. */
import type { Operation } from './operation.ts';

export type Match =
  | { readonly ok: true; readonly operation: Operation; readonly params: Readonly<Record<string, string>> }
  /** With the methods that there are at this path; none: there is nothing. */
  | { readonly ok: false; readonly allowed: readonly string[] };

export function matcher(operations: readonly Operation[]) {
  const known = operations.map((one) => ({ one, segments: one.path.split('/') }));

  return (method: string, path: string): Match => {
    const wanted = path.split('/');
    const here = known.flatMap(({ one, segments }) => {
      const params = paramsIn(segments, wanted);
      return params ? [{ operation: one, params }] : [];
    });
    const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
    const found = here.find(({ operation }) => operation.method === asked);
    if (found) return { ok: true, ...found };
    return { ok: false, allowed: here.map(({ operation }) => operation.method.toUpperCase()) };
  };
}

function paramsIn(
  segments: readonly string[],
  wanted: readonly string[],
): Record<string, string> | undefined {
  if (segments.length !== wanted.length) return undefined;
  const params: [string, string][] = [];
  for (const [at, segment] of segments.entries()) {
    const given = decoded(wanted[at] ?? '');
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (given === undefined || (name === undefined && given !== segment) || given === '') {
      if (segment !== '' || given !== '') return undefined;
    }
    if (name !== undefined && given !== undefined) params.push([name, given]);
  }
  return Object.fromEntries(params);
}

/** Undefined for what names nothing that could be kept. */
function decoded(segment: string): string | undefined {
  try {
    const text = decodeURIComponent(segment);
    return text.length <= 300 && !/[\p{Cc}\p{Cs}]/u.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
