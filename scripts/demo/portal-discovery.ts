/** How the demo portal finds its provider, which may still be starting when the portal is up. */
import { setTimeout as pause } from 'node:timers/promises';
import * as oidc from 'openid-client';

export interface Discovering {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const TRIES = 60;
const PAUSE_MS = 250;

/** Answers the provider's configuration, found when it is first wanted; a failure is tried anew by whoever wants it next. */
export function discoverer({
  issuer,
  clientId,
  clientSecret,
}: Discovering): () => Promise<oidc.Configuration> {
  let found: Promise<oidc.Configuration> | undefined;

  async function discovered(triesLeft = TRIES): Promise<oidc.Configuration> {
    try {
      const { protocol } = new URL(issuer);
      return await oidc.discovery(new URL(issuer), clientId, {}, oidc.ClientSecretBasic(clientSecret), {
        execute: protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
      });
    } catch (error) {
      if (triesLeft <= 1) throw error;
      await pause(PAUSE_MS);
      return discovered(triesLeft - 1);
    }
  }

  return () => {
    found ??= discovered().catch((error) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}
