/** What an admin does to a client takes effect at once: for logins, for tokens, for secrets, on this and every instance. */
import { describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import type { Actor } from '../../provider/core/actor.ts';
import { Citizen } from '../support/citizen.ts';
import type { TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { HOURS, SECONDS, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

const ANNA: Actor = { kind: 'account', id: 'a1', name: 'Admin Anna' };
const doing = { by: ANNA, why: 'a test' };

let kapu: TestKapu;

useKapu((started) => {
  kapu = started;
});

async function atPortal() {
  const portal = await Portal.join(kapu);
  const citizen = await Citizen.born(kapu);
  const tokens = await citizen.logsIn(portal, { scope: 'openid email offline_access', prompt: 'consent' });
  return { portal, citizen, tokens };
}

const works = (call: Promise<unknown>) =>
  call.then(
    () => true,
    () => false,
  );

describe('a disabled client', () => {
  it('loses its tokens at once, takes no login, and gets nothing of it back when it is enabled again', async () => {
    const { portal, citizen, tokens } = await atPortal();
    const subject = String(tokens.claims()?.sub);
    const userinfo = () => works(client.fetchUserInfo(portal.config, tokens.access_token, subject));
    const refresh = () => works(client.refreshTokenGrant(portal.config, String(tokens.refresh_token)));
    expect([await userinfo(), await refresh()]).toEqual([true, true]);

    await kapu.clientChanges.disable(portal.clientId, doing);
    expect([await userinfo(), await refresh()]).toEqual([false, false]);
    await citizen.goesTo(portal);
    expect(citizen.browser.page).toMatchObject({ status: 400 });
    expect(citizen.browser.page.left).toBeUndefined();

    travel(5 * SECONDS);
    await kapu.clientChanges.enable(portal.clientId, doing);
    expect([await userinfo(), await refresh()]).toEqual([false, false]);
    await expect(citizen.logsIn(portal)).resolves.toMatchObject({ token_type: 'bearer' });
  });
});

describe('a client that was removed', () => {
  it('gets nothing of what it had back when its id is registered again', async () => {
    const { portal, tokens } = await atPortal();
    const secret = String(portal.config.clientMetadata().client_secret);
    const { metadata } = (await kapu.clients.record(portal.clientId))!;
    await kapu.clientChanges.remove(portal.clientId, doing);
    travel(5 * SECONDS);
    const again = { ...metadata, client_secret: secret };
    expect(await kapu.registerClient(again)).toMatchObject({ ok: true });
    const refresh = client.refreshTokenGrant(portal.config, String(tokens.refresh_token));
    expect(await works(refresh)).toBe(false);
    expect(await works(client.fetchUserInfo(portal.config, tokens.access_token, 'x'))).toBe(false);
  });
});

describe('a secret', () => {
  const asking = (portal: Portal, secret: string) =>
    works(
      client
        .discovery(new URL(kapu.issuer), portal.clientId, secret, undefined, {
          execute: [client.allowInsecureRequests],
        })
        .then((config) => client.tokenRevocation(config, 'a token of nobody')),
    );

  it('is replaced with both working meanwhile, and the old one ends when it was said to', async () => {
    const portal = await Portal.join(kapu);
    const old = String(portal.config.clientMetadata().client_secret);
    const issued = await kapu.clientSecrets.issue(portal.clientId, 24, doing);
    const fresh = 'secret' in issued ? String(issued.secret) : '';
    expect([await asking(portal, old), await asking(portal, fresh)]).toEqual([true, true]);
    expect(JSON.stringify(await kapu.clients.record(portal.clientId))).not.toContain(fresh);
    travel(23 * HOURS);
    expect(await asking(portal, old)).toBe(true);
    travel(1 * HOURS);
    expect([await asking(portal, old), await asking(portal, fresh)]).toEqual([false, true]);
  });

  it('ends at once when an admin says so, but never the last one', async () => {
    const portal = await Portal.join(kapu);
    const old = String(portal.config.clientMetadata().client_secret);
    const [first] = (await kapu.clients.record(portal.clientId))?.secrets ?? [];
    const last = await kapu.clientSecrets.end(portal.clientId, Number(first?.createdAt), doing);
    expect(last).toMatchObject({ ok: false, because: 'last-secret' });
    travel(1 * SECONDS);
    await kapu.clientSecrets.issue(portal.clientId, 24, doing);
    await kapu.clientSecrets.end(portal.clientId, Number(first?.createdAt), doing);
    expect(await asking(portal, old)).toBe(false);
  });
});

describe('an edit', () => {
  it('is a version with who, when, what was and is, and why; the one who comes second is told and loses nothing', async () => {
    const { clientId } = await Portal.join(kapu);
    const before = await kapu.clients.record(clientId);
    const edited = { state: { metadata: { ...before!.metadata, client_name: 'New name' } }, basedOn: 1 };
    expect(await kapu.clientChanges.edit(clientId, edited, doing)).toMatchObject({ ok: true });
    const second = { state: { metadata: { ...before!.metadata, client_name: 'Other' } }, basedOn: 1 };
    expect(await kapu.clientChanges.edit(clientId, second, doing)).toMatchObject({
      ok: false,
      because: 'changed-meanwhile',
      record: { revision: 2, metadata: { client_name: 'New name' } },
    });
    const [version] = await kapu.clients.versions(clientId, { limit: 1 });
    expect(version?.version).toMatchObject({
      revision: 2,
      act: 'edited',
      by: ANNA,
      why: 'a test',
      was: { metadata: { client_name: 'Teszt Portál' } },
      is: { metadata: { client_name: 'New name' } },
    });
  });

  it('that breaks a rule is refused with the reason, and nothing changes', async () => {
    const { clientId } = await Portal.join(kapu);
    const { metadata } = (await kapu.clients.record(clientId))!;
    for (const redirect of [
      'http://portal.example.hu/cb',
      'https://user:pw@portal.example.hu/cb',
      'nothing',
    ]) {
      const state = { metadata: { ...metadata, redirect_uris: [redirect] } };
      const refused = await kapu.clientChanges.edit(clientId, { state, basedOn: 1 }, doing);
      expect(refused).toMatchObject({ ok: false, because: 'invalid-metadata' });
    }
    expect((await kapu.clients.record(clientId))?.revision).toBe(1);
  });

  it('can neither plant a secret nor bring back what was ended', async () => {
    const { clientId } = await Portal.join(kapu);
    const { metadata, secrets } = (await kapu.clients.record(clientId))!;
    const planted = { ...metadata, client_secret: 'planted', client_secrets: [{ hash: 'planted' }] };
    await kapu.clientChanges.edit(clientId, { state: { metadata: planted }, basedOn: 1 }, doing);
    expect(JSON.stringify(await kapu.clients.record(clientId))).not.toContain('planted');
    expect((await kapu.clients.record(clientId))?.secrets).toEqual(secrets);
  });

  it('is undone by restoring an older version, which is a version again', async () => {
    const { clientId } = await Portal.join(kapu);
    const { metadata } = (await kapu.clients.record(clientId))!;
    const state = { metadata: { ...metadata, client_name: 'A mistake' } };
    await kapu.clientChanges.edit(clientId, { state, basedOn: 1 }, doing);
    expect(await kapu.clientChanges.restore(clientId, 1, doing)).toMatchObject({ ok: true });
    expect(await kapu.clients.record(clientId)).toMatchObject({ revision: 3, metadata });
  });
});
