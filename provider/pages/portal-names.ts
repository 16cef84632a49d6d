/** Portals by the names that people know them by, for pages that tell of them afterwards. */
import { clientName } from '../core/client.ts';
import type { Clients } from '../flows/ports.ts';
import { ACCOUNT_CLIENT_ID } from '../oidc/account-client.ts';
import type { Visit } from './page.ts';

export type PortalNames = (
  clientIds: readonly string[],
  visit: Pick<Visit, 'language' | 't'>,
) => Promise<ReadonlyMap<string, string>>;

/** A portal that is gone has no name any more, a disabled one has; and our own pages are the account itself. */
export function portalNames(clients: Clients): PortalNames {
  return async (clientIds, { language, t }) => {
    const named = [...new Set(clientIds)].map(async (id): Promise<[string, string]> => {
      if (id === ACCOUNT_CLIENT_ID) return [id, t('account.title')];
      const record = await clients.record(id);
      return [id, record ? clientName(record.metadata, language) : t('portals.gone')];
    });
    return new Map(await Promise.all(named));
  };
}
