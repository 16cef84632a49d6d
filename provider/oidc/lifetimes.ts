/** How long each of oidc-provider's documents lives. */
import type { Configuration, ResourceServer } from 'oidc-provider';
import type { Clock } from '../flows/ports.ts';
import { type SessionLimits, sessionLife } from './session-life.ts';

/** Seconds. */
export interface Lifetimes {
  readonly authorizationCode: number;
  readonly accessToken: number;
  /** Of those in JWT form (RFC 9068), which nobody can take back. */
  readonly jwtAccessToken: number;
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
    AccessToken: (_ctx, token) => accessTokenLife(token, lifetime),
    ClientCredentials: (_ctx, token) => accessTokenLife(token, lifetime),
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

function accessTokenLife(
  { resourceServer }: { readonly resourceServer?: ResourceServer | undefined },
  { accessToken, jwtAccessToken }: Lifetimes,
): number {
  return resourceServer?.accessTokenFormat === 'jwt' ? jwtAccessToken : accessToken;
}
