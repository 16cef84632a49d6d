/** How long each of oidc-provider's documents lives. */
import type { Configuration } from 'oidc-provider';
import type { Clock } from '../flows/ports.ts';
import { type SessionLimits, sessionLife } from './session-life.ts';

/** Seconds. */
export interface Lifetimes {
  readonly authorizationCode: number;
  /** Of tokens in JWT form, too: nobody can take those back. */
  readonly accessToken: number;
  readonly idToken: number;
  readonly refreshToken: number;
  readonly pushedAuthorizationRequest: number;
  readonly interaction: number;
  readonly grant: number;
}

export function lifetimes(
  lifetime: Lifetimes,
  session: SessionLimits,
  clock: Clock,
): NonNullable<Configuration['ttl']> {
  return {
    AuthorizationCode: lifetime.authorizationCode,
    AccessToken: lifetime.accessToken,
    ClientCredentials: lifetime.accessToken,
    IdToken: lifetime.idToken,
    // Absolute: a rotated token inherits what is left of the first one's life.
    RefreshToken: (ctx, _token) =>
      Math.max(1, ctx?.oidc.entities.RotatedRefreshToken?.remainingTTL ?? lifetime.refreshToken),
    PushedAuthorizationRequest: lifetime.pushedAuthorizationRequest,
    Interaction: lifetime.interaction,
    Grant: lifetime.grant,
    Session: (_ctx, { loginTs }) => sessionLife(loginTs, Math.floor(clock.now() / 1000), session),
  };
}
