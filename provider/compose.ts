/** Puts ports, flows and pages together: what the server serves and the command line calls. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Env } from '../config/env.ts';
import { besideRequests } from './composition/beside-requests.ts';
import { clientFlowsOf } from './composition/clients.ts';
import { currentWeb } from './composition/current-web.ts';
import { flowsOf } from './composition/flows.ts';
import { signingKeysOf } from './composition/keys.ts';
import { type Outside, portsOf } from './composition/ports.ts';
import { receiversOf } from './composition/receivers.ts';
import { webOf } from './composition/web.ts';
import type { LogoutNotice } from './flows/ports.ts';
import { texts } from './pages/texts.ts';

export type Kapu = Awaited<ReturnType<typeof compose>>;

/** The package's, which lies beside what is built, too. */
function versionIn(root: string): string {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
}

export async function compose(env: Env, outside: Outside) {
  const root = path.resolve(import.meta.dirname, '..');
  const viewsFolder = path.join(root, 'views');
  const words = await texts(viewsFolder, { name: env.serviceName, plusName: env.plusName });
  const ports = portsOf(env, outside, root);
  const flows = flowsOf(env, ports, words);
  const signingKeys = signingKeysOf(env, outside);
  const build = webOf(env, ports, flows, { words, viewsFolder, signingKeys, version: versionIn(root) });
  const web = await currentWeb({ ...ports, signingKeys, build, ...outside.keys });
  const provider = () => web.current().provider;
  const tellPortal = (notice: LogoutNotice) => web.current().tellPortal(notice);
  const receivers = () => receiversOf(env, ports, words, tellPortal);
  const { accounts, clients, consents, history, outbox, statistics, storage } = ports;
  return {
    /** Serves a request. */
    handle: web.handle,
    /** The oidc-provider of the moment: another one after every change of the signing keys. */
    provider,
    /** Every route of the pages, to be held against a table of who may use which. */
    routes: () => web.current().table.stack.map(({ path, methods }) => ({ path: String(path), methods })),
    signingKeys,
    /** Takes over what other instances, or the command line, did to the signing keys. */
    refreshKeys: web.refresh,
    accounts,
    clients,
    consents,
    history,
    storage,
    sessionEnding: flows.sessionEnding,
    initialAccess: flows.initialAccess,
    registerAccount: flows.registerAccount,
    importAccount: flows.importAccount,
    staffRoles: flows.staffRoles,
    deskAccess: flows.deskAccess,
    deskCorrection: flows.deskCorrection,
    deskRegistration: flows.deskRegistration,
    deskResets: flows.deskResets,
    ...clientFlowsOf(env, ports, provider),
    outbox,
    statistics,
    /** What would else be done for the first who comes to a page; for a server that has begun to answer. */
    warmUp: words.compileAll,
    ...besideRequests({ ports, flows, web, receivers }),
  };
}
