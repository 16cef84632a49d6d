/** What oidc-provider does on its own and we must know of. Its listeners are synchronous and may not throw. */
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Origin } from '../core/event.ts';
import type { Background, Clock, History, Log, Sessions, Statistics } from '../flows/ports.ts';

export interface EventPorts {
  readonly history: History;
  /** An interaction was made in this request. */
  readonly interactionBegan: (ctx: KoaContextWithOIDC, uid: string) => void;
  readonly sessions: Sessions;
  readonly background: Background;
  readonly clock: Clock;
  readonly log: Log;
  readonly statistics: Statistics;
  /** Who sent a request, as far as it may be kept. */
  readonly originOf: (ctx: KoaContextWithOIDC) => Origin;
}

export function recordEvents(provider: Provider, ports: EventPorts): void {
  recordLogouts(provider, ports);
  beginInteractions(provider, ports);
  describeSessions(provider, ports);
  noteRegistrations(provider, ports);
  countMistakes(provider, ports);
}

function recordLogouts(provider: Provider, { history, background, clock }: EventPorts): void {
  provider.on('end_session.success', (ctx) => {
    const accountId = ctx.oidc.session?.accountId;
    // Whoever declined to leave has not left.
    if (!accountId || !ctx.oidc.params?.logout) return;
    const clientId = ctx.oidc.client?.clientId;
    const event = { kind: 'logout', at: clock.now(), ...(clientId && { clientId }) } as const;
    background.run('history', () => history.append(accountId, event));
  });
}

function beginInteractions(provider: Provider, { interactionBegan }: EventPorts): void {
  provider.on('interaction.started', (ctx) => {
    const uid = ctx.oidc.entities.Interaction?.uid;
    if (uid !== undefined) interactionBegan(ctx, uid);
  });
}

/** A session has its uid only when the login that began it has been handed over; it is saved after that. */
function describeSessions(provider: Provider, { sessions, clock, originOf }: EventPorts): void {
  provider.on('interaction.ended', (ctx) => {
    const { session } = ctx.oidc;
    if (!session?.accountId) return;
    sessions.describe(session.uid, { ...originOf(ctx), at: clock.now() });
  });
}

/** What a portal's software did to its client by itself. */
function noteRegistrations(provider: Provider, { log }: EventPorts): void {
  const note = (done: string) => (_ctx: unknown, client: { readonly clientId: string }) =>
    log.info({ clientId: client.clientId, done }, 'client');
  provider.on('registration_create.success', note('registered'));
  provider.on('registration_update.success', note('changed'));
  provider.on('registration_delete.success', note('removed'));
}

/** Refusals that are about the person and not a mistake of the portal (OpenID Connect Core §3.1.2.6). */
const NO_MISTAKES: ReadonlySet<unknown> = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'login_required',
  'unmet_authentication_requirements',
]);

/** What a portal's software asked for and did not get, for the charts of its client. */
function countMistakes(provider: Provider, { statistics }: EventPorts): void {
  provider.on('authorization.error', ({ oidc: { client } }, error) => {
    if (client && !NO_MISTAKES.has(error.error)) statistics.count('request-refused', client.clientId);
  });
  provider.on('grant.error', ({ oidc: { client } }) => {
    if (client) statistics.count('token-refused', client.clientId);
  });
}
