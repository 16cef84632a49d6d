/** Which signatures are made and accepted: never `none`, nothing symmetric. */
import type { Configuration } from 'oidc-provider';

/** Those that our signing keys are for. RS256 is for portals whose library knows nothing else. */
const SIGNED_BY_US = ['ES256', 'RS256', 'PS256'] as const;

const SIGNED_BY_CLIENTS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const;

const PROOFS = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const;

export const ENABLED_ALGORITHMS: NonNullable<Configuration['enabledJWA']> = {
  idTokenSigningAlgValues: [...SIGNED_BY_US],
  userinfoSigningAlgValues: [...SIGNED_BY_US],
  introspectionSigningAlgValues: [...SIGNED_BY_US],
  clientAuthSigningAlgValues: [...SIGNED_BY_CLIENTS],
  dPoPSigningAlgValues: [...PROOFS],
};
