/** Registers the demo's people and its portal, once: what is there from the last start stays as it is. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EnvError } from '../../config/env.ts';
import type { Kapu } from '../../provider/compose.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { hashClientSecret } from '../../provider/flows/clients.ts';
import { DEMO_CLIENT_ID, DEMO_PEOPLE } from '../demo-data.ts';
import { SCOPE } from '../demo-portal.ts';

const SECRET_FILE = 'demo-portal-secret';

export async function registerPeople(kapu: Kapu): Promise<void> {
  for (const person of DEMO_PEOPLE) {
    const registered = await kapu.registerAccount(person, { by: COMMAND_LINE });
    if (!registered.ok && registered.because !== 'username-taken') {
      throw new EnvError([`the demo person ${person.username} can't be registered: ${registered.because}`]);
    }
  }
}

/** Made at the first start and kept in the data folder, readable for its owner only. */
export function portalSecret(dataDir: string): string {
  const file = path.join(dataDir, SECRET_FILE);
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** The portal asks for the level itself, so its client has none but the lowest as its floor. */
export async function registerPortal(
  kapu: Kapu,
  portal: { readonly url: string; readonly secret: string; readonly lowAcr: string },
): Promise<void> {
  const redirectUri = `${portal.url}/callback`;
  const known = await kapu.clients.find(DEMO_CLIENT_ID);
  const current =
    known?.client_secret === hashClientSecret(portal.secret) &&
    known.redirect_uris?.includes(redirectUri) === true &&
    known.scope === SCOPE &&
    known.default_acr_values?.includes(portal.lowAcr) === true;
  if (current) return;
  await kapu.clientChanges.remove(DEMO_CLIENT_ID, { by: COMMAND_LINE });
  const registered = await kapu.registerClient({
    client_id: DEMO_CLIENT_ID,
    client_secret: portal.secret,
    client_name: 'Mintaportál',
    'client_name#hu': 'Mintaportál',
    'client_name#en': 'Demo portal',
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [`${portal.url}/logged-out`],
    scope: SCOPE,
    default_acr_values: [portal.lowAcr],
  });
  if (!registered.ok) throw new EnvError([`the demo portal can't be registered: ${registered.because}`]);
}
