/** Which signatures are made and accepted: never `none`, nothing symmetric. */
import type { Configuration } from 'oidc-provider';
import { SIGNING_ALGORITHMS } from '../core/signing-key.ts';

const SIGNED_BY_CLIENTS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const;

const PROOFS = ['ES256', 'PS256', 'EdDSA', 'Ed25519'] as const;

export const ENABLED_ALGORITHMS: NonNullable<Configuration['enabledJWA']> = {
  idTokenSigningAlgValues: [...SIGNING_ALGORITHMS],
  userinfoSigningAlgValues: [...SIGNING_ALGORITHMS],
  introspectionSigningAlgValues: [...SIGNING_ALGORITHMS],
  clientAuthSigningAlgValues: [...SIGNED_BY_CLIENTS],
  dPoPSigningAlgValues: [...PROOFS],
};
