/** The library's own check of DPoP proofs, which it has no public door to: nonces and replays are those of its endpoints. */
declare module 'oidc-provider/lib/helpers/validate_dpop.js' {
  import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

  interface Proof {
    readonly thumbprint: string;
    readonly jti: string;
  }

  /** Undefined without a proof; throws the errors of RFC 9449. Sets `DPoP-Nonce` where one is wanted. */
  export default function validateDpop(
    provider: Provider,
    ctx: KoaContextWithOIDC,
    accessToken: string,
  ): Promise<Proof | undefined>;

  export function checkDpopReplay(
    provider: Provider,
    ctx: KoaContextWithOIDC,
    proof: Proof | undefined,
    clientId: string,
    errorClass: new (description: string) => Error,
  ): Promise<void>;
}
