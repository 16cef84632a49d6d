/** Which parts of the protocol are on. Discovery lists them by itself. */
import type { Configuration } from 'oidc-provider';
import { refuseClaimsBeyondScope } from './claims.ts';
import { defaultResource, mayIntrospect, mayRevoke, resourceServerInfo } from './resource-servers.ts';
import {
  type SelfRegistrationPolicy,
  type SelfRegistrationPorts,
  selfRegistration,
} from './self-registration.ts';

export type Features = NonNullable<Configuration['features']>;

/** Pages of ours on the way out. */
export type LogoutPages = Pick<
  NonNullable<Features['rpInitiatedLogout']>,
  'logoutSource' | 'postLogoutSuccessSource'
>;

export interface FeaturePorts extends SelfRegistrationPorts {
  readonly clientPolicy: SelfRegistrationPolicy;
  /** 32 bytes, the same on all instances. */
  readonly dpopNonceSecret: Buffer;
  readonly logoutPages: LogoutPages;
}

export function features(ports: FeaturePorts): Features {
  const { clients, clientPolicy, dpopNonceSecret, logoutPages } = ports;
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true, assertClaimsParameter: refuseClaimsBeyondScope },
    jwtUserinfo: { enabled: true },
    revocation: { enabled: true, allowedPolicy: mayRevoke },
    introspection: { enabled: true, allowedPolicy: mayIntrospect },
    jwtIntrospection: { enabled: true },
    rpInitiatedLogout: { enabled: true, ...logoutPages },
    backchannelLogout: { enabled: true },
    clientCredentials: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    ...selfRegistration(ports, clientPolicy),
    // A proof made in advance, or stolen from a log, is worth nothing without a nonce of these minutes (RFC 9449 §11.2).
    dPoP: { enabled: true, nonceSecret: dpopNonceSecret, requireNonce: () => true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: resourceServerInfo(clients),
      defaultResource,
    },
    fapi: { enabled: true, profile: (_ctx, client) => (client?.fapi === true ? '2.0' : undefined) },
  };
}
