/** Who asks to log somebody out: a portal that proves it by an ID token of this very session, or anybody's link. */
import type { KoaContextWithOIDC } from 'oidc-provider';

/**
 * Whether the `id_token_hint` (its signature is the library's to check) was given to this portal for the person and
 * the session that the browser has now. Only then need nobody be asked (RP-Initiated Logout 1.0 §2, ASVS 5.0 §10.6.2).
 */
export async function hintsAtThisSession(ctx: KoaContextWithOIDC): Promise<boolean> {
  const { client, entities, provider, session } = ctx.oidc;
  const hint = entities.IdTokenHint?.payload;
  const sid = client && session?.sidFor(client.clientId);
  if (!hint || !session?.accountId || sid === undefined) return false;
  if (hint.sid !== undefined && hint.sid !== sid) return false;
  const here = new provider.Claims({ sub: session.accountId }, { ctx, client });
  here.mask({ sub: null });
  return hint.sub === (await here.result()).sub;
}
