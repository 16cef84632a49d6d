/** What oidc-provider does on its own and the history must know. Its listeners are synchronous and may not throw. */
import type Provider from 'oidc-provider';
import type { Clock, History, Log } from '../flows/ports.ts';

export function recordLogouts(provider: Provider, history: History, clock: Clock, log: Log): void {
  provider.on('end_session.success', (ctx) => {
    const accountId = ctx.oidc.session?.accountId;
    // Whoever declined to leave has not left.
    if (!accountId || !ctx.oidc.params?.logout) return;
    const clientId = ctx.oidc.client?.clientId;
    history
      .append(accountId, { kind: 'logout', at: clock.now(), ...(clientId && { clientId }) })
      .catch((error: unknown) => log.error({ err: error }, 'a logout could not be recorded'));
  });
}
