/** A login that was handed over to oidc-provider and not yet fetched, when what it rests on was taken away. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Account } from '../core/account.ts';
import type { VerifiedFactor } from '../core/assurance.ts';
import { proofsStand } from '../core/sign-in.ts';

/** Where an interaction's result keeps what was proved in it. */
export const PROOFS = 'proofs';

/**
 * Who holds back the last redirect of a login until the owner has removed the device or changed the password would
 * come in afterwards, when all sessions have been ended: then their session ends before it begins.
 */
export async function refuseOvertaken({ oidc }: KoaContextWithOIDC, account: Account): Promise<void> {
  const proofs = oidc.result?.[PROOFS] as readonly VerifiedFactor[] | undefined;
  if (!proofs || proofsStand(proofs, account)) return;
  await oidc.session?.destroy();
  throw new errors.AccessDenied('what the login rests on no longer counts');
}
