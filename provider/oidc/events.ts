/** What oidc-provider does on its own and the history must know. Its listeners are synchronous and may not throw. */
import type Provider from 'oidc-provider';
import type { Background, Clock, History } from '../flows/ports.ts';

export interface EventPorts {
  readonly history: History;
  readonly background: Background;
  readonly clock: Clock;
}

export function recordLogouts(provider: Provider, { history, background, clock }: EventPorts): void {
  provider.on('end_session.success', (ctx) => {
    const accountId = ctx.oidc.session?.accountId;
    // Whoever declined to leave has not left.
    if (!accountId || !ctx.oidc.params?.logout) return;
    const clientId = ctx.oidc.client?.clientId;
    const event = { kind: 'logout', at: clock.now(), ...(clientId && { clientId }) } as const;
    background.run('history', () => history.append(accountId, event));
  });
}
