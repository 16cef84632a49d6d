/**
 * Telling portals that a session has ended (OpenID Connect Back-Channel Logout 1.0). The library would send once, and
 * only where somebody leaves by `/session/end`; here it queues there too, and sends when the queue says so.
 */
import Provider from 'oidc-provider';
import type { Delivered } from '../core/delivery.ts';
import type { Log, LogoutNotice, LogoutNotices } from '../flows/ports.ts';

/** Answers how to send one notice, with a new logout token at each try. */
export function backchannel(
  provider: Provider,
  { logoutNotices, log }: { logoutNotices: LogoutNotices; log: Log },
) {
  const { prototype } = provider.Client;
  const send = prototype.backchannelLogout as (accountId: string, sid: string) => Promise<void>;

  prototype.backchannelLogout = async function queue(accountId: string, sid: string) {
    // When the whole session ends (`flows/session-ending.ts`), all its portals are told there.
    if (Provider.ctx?.oidc.params?.logout) return;
    await logoutNotices.post({ clientId: this.clientId, accountId, sid });
  };
  // The library catches what the line above throws.
  provider.on('backchannel.error', (_ctx, err, client) =>
    log.error({ err, clientId: client.clientId }, 'a logout notice could not be queued'),
  );

  return async ({ clientId, accountId, sid }: LogoutNotice): Promise<Delivered> => {
    const client = await provider.Client.find(clientId);
    if (!client?.backchannelLogoutUri) return 'done';
    try {
      await send.call(client, accountId, sid);
      return 'done';
    } catch (error) {
      return judged(error as { response?: { status: number } });
    }
  };
}

/** 400 is the portal's word that it can't do it (§2.8); whatever else goes wrong may have passed at the next try. */
function judged(error: { response?: { status: number } }): Delivered {
  const status = error.response?.status;
  if (status === undefined) throw error;
  return status === 400 ? { refused: 'HTTP 400' } : { failed: `HTTP ${status}` };
}
