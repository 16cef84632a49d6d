/**
 * A router that looks for a path among the routes with the same first segment: a request is held against a few of them,
 * not against all.
 */
import Router, { type MatchResult } from '@koa/router';

const firstOf = (path: string): string => path.split('/', 2)[1] ?? '';

/** Every route has to begin with a segment that is no parameter. */
export class IndexedRouter extends Router {
  readonly #parts = new Map<string, Router>();
  #indexed = 0;

  /** An address has one spelling: proxies' rules for paths know no other. */
  constructor() {
    super({ sensitive: true });
  }

  override match(path: string, method: string): MatchResult {
    if (this.#indexed !== this.stack.length) this.#index();
    const part = this.#parts.get(firstOf(path));
    return part ? part.match(path, method) : { path: [], pathAndMethod: [], route: false };
  }

  #index(): void {
    this.#parts.clear();
    for (const layer of this.stack) {
      const first = firstOf(String(layer.path));
      const part = this.#parts.get(first) ?? new Router();
      part.stack.push(layer);
      this.#parts.set(first, part);
    }
    this.#indexed = this.stack.length;
  }
}
