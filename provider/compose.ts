/** Puts ports, flows and pages together: what the server serves and the command line calls. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { signingKeys } from '../adapters/signing-keys.ts';
import type { Env } from '../config/env.ts';
import { flowsOf } from './composition/flows.ts';
import { type Outside, portsOf } from './composition/ports.ts';
import { clientPolicyOf, webOf } from './composition/web.ts';
import { registerClient } from './flows/clients.ts';
import { clientRules } from './oidc/client-rules.ts';
import { texts } from './pages/texts.ts';

export type Kapu = Awaited<ReturnType<typeof compose>>;

export async function compose(env: Env, outside: Outside) {
  const viewsFolder = viewsBeside(import.meta.url);
  const words = await texts(viewsFolder, { name: env.serviceName, plusName: env.plusName }, true);
  const ports = portsOf(env, outside, words);
  const flows = flowsOf(env, ports, words);
  const jwks = await signingKeys(outside.store, ports.secretBox, ports.random);
  const { app, provider } = webOf(env, ports, flows, { words, viewsFolder, jwks });
  const { accounts, clients, consents, history, storage } = ports;
  return {
    app,
    accounts,
    clients,
    consents,
    history,
    storage,
    sessionEnding: flows.sessionEnding,
    initialAccess: flows.initialAccess,
    registerAccount: flows.registerAccount,
    registerClient: registerClient(
      { ...ports, rules: clientRules(provider, ports.outgoing) },
      clientPolicyOf(env),
    ),
    /** Waits for what is under way; the store and the hasher are their opener's to close. */
    drain: () => ports.background.drain(),
  };
}

/** `views/` beside `provider/`, also when this file runs from `dist/`, which holds no views. */
function viewsBeside(url: string): string {
  const root = path.resolve(path.dirname(fileURLToPath(url)), '..');
  return path.join(path.basename(root) === 'dist' ? path.resolve(root, '..') : root, 'views');
}
