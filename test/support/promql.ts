/** As much of PromQL as alert rules and the dashboard are written in: what an expression asks for, or that it is none. */

export interface Asked {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[];
  /** The labels by which what is around it is grouped. */
  readonly by: readonly string[];
}

const TOKEN = /"[^"]*"|\[(?:\d+[smhd]|\$__rate_interval)\]|[a-z_]\w*|\d[\w.]*|[=!]~|[!=<>]=|[-+*/(){}<>=,]/g;
const AGGREGATIONS = ['sum', 'max', 'min', 'avg'];
const FUNCTIONS = ['rate', 'increase', 'histogram_quantile', 'absent'];
const OPERATORS = ['==', '!=', '>', '<', '>=', '<=', '+', '-', '*', '/', 'and', 'or'];

/** Throws at what is no expression of this kind. */
export function askedBy(expression: string): Asked[] {
  const tokens = expression.match(TOKEN) ?? [];
  if (tokens.join('') !== expression.replace(/\s/g, '')) throw new Error(`not understood: ${expression}`);
  const asked: Asked[] = [];

  const next = (): string => tokens.shift() ?? '';
  const ahead = (token: string) => tokens[0] === token;

  function take(token: string): void {
    const found = next();
    if (found !== token) throw new Error(`${token} expected, not "${found}": ${expression}`);
  }

  function list<T>(open: string, read: () => T, close: string): T[] {
    take(open);
    const items = [read()];
    while (!ahead(close)) {
      take(',');
      items.push(read());
    }
    take(close);
    return items;
  }

  function matcher() {
    const label = next();
    if (!['=', '!=', '=~', '!~'].includes(next())) throw new Error(`a matcher expected: ${expression}`);
    return { label, values: next().slice(1, -1).split('|') };
  }

  function selector(metric: string, by: readonly string[]): void {
    if (!/^[a-z_]\w*$/.test(metric)) throw new Error(`a metric expected, not "${metric}": ${expression}`);
    const matchers = ahead('{') ? list('{', matcher, '}') : [];
    if (tokens[0]?.startsWith('[')) next();
    if (ahead('offset')) tokens.splice(0, 2);
    asked.push({ metric, matchers, by });
  }

  function grouping(): string[] {
    if (!ahead('by')) return [];
    take('by');
    return list('(', next, ')');
  }

  function term(by: readonly string[]): void {
    const word = next();
    if (/^\d/.test(word)) return;
    if (word === '(') {
      whole(by);
      take(')');
    } else if (AGGREGATIONS.includes(word)) {
      const labels = grouping();
      list('(', () => whole([...by, ...labels]), ')');
    } else if (FUNCTIONS.includes(word)) list('(', () => whole(by), ')');
    else selector(word, by);
  }

  function whole(by: readonly string[]): void {
    term(by);
    while (OPERATORS.includes(tokens[0] ?? '')) {
      next();
      term(by);
    }
  }

  whole([]);
  if (tokens.length > 0) throw new Error(`"${tokens[0]}" is too much: ${expression}`);
  return asked;
}
