/**
 * What staff look for may be somebody's name, and an address stands in the logs of proxies and in the memory of a browser that
 * many sit at. So terms are posted, and the address of what was found holds a reference that leads its own account to them.
 */
import type { Searches } from '../../flows/ports.ts';
import type { SignedIn } from '../signed-in/guard.ts';
import type { Asked, Done } from '../signed-in/signed-in-page.ts';

export type Terms = Readonly<Record<string, string>>;

/** `query`: what an address of the same search holds. */
export interface Sought {
  readonly terms: Terms;
  readonly query: Readonly<Record<string, string>>;
}

const PARAMETER = 'search';

export function searchOn(path: string, searches: Searches) {
  return {
    /** No terms where nothing was asked; undefined where a reference leads nowhere any more. */
    async sought({ account }: SignedIn, { query }: Pick<Asked, 'query'>): Promise<Sought | undefined> {
      const reference = query.get(PARAMETER);
      if (reference === null) return { terms: {}, query: {} };
      const terms = await searches.find(account.id, path, reference);
      return terms && { terms, query: { [PARAMETER]: reference } };
    },

    async begin({ account }: SignedIn, typed: Terms): Promise<Done> {
      const given = Object.entries(typed).map(([name, value]) => [name, value.trim()] as const);
      const terms = Object.fromEntries(given.filter(([, value]) => value));
      if (Object.keys(terms).length === 0) return { ok: true, goTo: path };
      const reference = await searches.keep(account.id, path, terms);
      return { ok: true, goTo: `${path}?${new URLSearchParams({ [PARAMETER]: reference })}` };
    },
  };
}
