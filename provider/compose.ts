/** Puts ports, flows and pages together: what the server serves and the command line calls. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workers } from '../adapters/outbox/workers.ts';
import { signingKeys } from '../adapters/signing-keys.ts';
import type { Env } from '../config/env.ts';
import { flowsOf } from './composition/flows.ts';
import { type Outside, portsOf } from './composition/ports.ts';
import { receiversOf } from './composition/receivers.ts';
import { clientPolicyOf, webOf } from './composition/web.ts';
import { registerClient } from './flows/clients.ts';
import { clientRules } from './oidc/client-rules.ts';
import { texts } from './pages/texts.ts';

export type Kapu = Awaited<ReturnType<typeof compose>>;

export async function compose(env: Env, outside: Outside) {
  const viewsFolder = viewsBeside(import.meta.url);
  const words = await texts(viewsFolder, { name: env.serviceName, plusName: env.plusName }, true);
  const ports = portsOf(env, outside);
  const flows = flowsOf(env, ports, words);
  const jwks = await signingKeys(outside.store, ports.secretBox, ports.random);
  const { app, provider, tellPortal } = webOf(env, ports, flows, { words, viewsFolder, jwks });
  const { accounts, background, clients, consents, history, outbox, storage } = ports;
  let delivering: Workers | undefined;
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
    outbox,
    /** From now on this instance delivers mails and notices, whichever instance left them. */
    startDelivering(): void {
      delivering ??= outbox.work(receiversOf(env, ports, words, tellPortal));
    },
    /** Waits for what is under way. */
    async drain(): Promise<void> {
      await background.drain();
      await delivering?.settled();
    },
    /** As `drain`, and takes up nothing more; the store and the hasher are their opener's to close. */
    async stop(): Promise<void> {
      await background.drain();
      await delivering?.stop();
    },
  };
}

/** `views/` beside `provider/`, also when this file runs from `dist/`, which holds no views. */
function viewsBeside(url: string): string {
  const root = path.resolve(path.dirname(fileURLToPath(url)), '..');
  return path.join(path.basename(root) === 'dist' ? path.resolve(root, '..') : root, 'views');
}
