/** Every end of a session is the same end: the session, its grants, their tokens, also those that outlive it. */
import { expect, it } from '@jest/globals';
import * as client from 'openid-client';
import type { LiveSession, LogoutNotice } from '../../provider/flows/ports.ts';
import { sessionEnding } from '../../provider/flows/session-ending.ts';
import { Citizen } from '../support/citizen.ts';
import { type EngineName, onEachEngine } from '../support/engines.ts';
import type { TestKapu } from '../support/kapu.ts';
import { Portal } from '../support/portal.ts';
import { MINUTES, travel } from '../support/time.ts';
import { useKapu } from '../support/use-kapu.ts';

const OFFLINE = { scope: 'openid email offline_access', prompt: 'consent' };

onEachEngine(sessionsEnd);

it('a portal that is reached while the session ends is told as well, and none twice', async () => {
  const uid = 'session';
  const withPortals = (...ids: string[]): LiveSession => ({
    uid,
    accountId: 'somebody',
    authenticatedAt: 0,
    expiresAt: 0,
    portals: ids.map((id) => ({ clientId: id, sid: `sid of ${id}` })),
  });
  const told: LogoutNotice[] = [];
  const { endOne } = sessionEnding({
    sessions: {
      of: async () => [],
      describe: async () => {},
      find: async () => withPortals('early'),
      end: async () => withPortals('early', 'late'),
    },
    grants: { expect() {}, of: async () => [], end: async () => {} },
    logoutNotices: {
      async post(notice) {
        told.push(notice);
      },
    },
  });
  await endOne(uid);
  expect(told.map(({ clientId }) => clientId)).toEqual(['early', 'late']);
});

function sessionsEnd(engine: EngineName): void {
  let kapu: TestKapu;
  let portal: Portal;

  useKapu(
    async (started) => {
      kapu = started;
      portal = await Portal.join(kapu);
    },
    { engine },
  );

  const refreshes = (token: string) =>
    client.refreshTokenGrant(portal.config, token).then(
      () => true,
      () => false,
    );

  /** Logs in with two browsers and answers the refresh token of each, and the browser of the first. */
  async function withTwoBrowsers() {
    const citizen = await Citizen.born(kapu);
    const first = await citizen.logsIn(portal, OFFLINE);
    const firstBrowser = citizen.browser;
    citizen.takesNewBrowser();
    const second = await citizen.logsIn(portal, OFFLINE);
    await kapu.drain();
    return {
      citizen,
      firstBrowser,
      first: String(first.refresh_token),
      second: String(second.refresh_token),
    };
  }

  it('lists the live sessions of an account with their portals and where they began', async () => {
    const { citizen } = await withTwoBrowsers();
    const sessions = await kapu.storage.sessions.of(citizen.accountId);
    expect(sessions).toHaveLength(2);
    for (const session of sessions) {
      expect(session).toMatchObject({ accountId: citizen.accountId, acr: kapu.env.acrValues.low });
      expect(session.origin?.address).toBe('127.0.0.1');
      expect(session.portals.map(({ clientId }) => clientId)).toEqual([portal.clientId]);
    }
  });

  it('ends all but one, with grants that outlive their session', async () => {
    const { citizen, firstBrowser, first, second } = await withTwoBrowsers();
    const [kept] = await kapu.storage.sessions.of(citizen.accountId);
    const ended = await kapu.sessionEnding.endAll(citizen.accountId, { except: String(kept?.uid) });
    expect(ended).toBe(1);
    const alive = [await refreshes(first), await refreshes(second)];
    expect(alive.filter(Boolean)).toHaveLength(1);
    const pages = [await firstBrowser.open('/account'), await citizen.browser.open('/account')];
    expect(pages.filter(({ path }) => path === '/account')).toHaveLength(1);
  });

  it('ends all: nothing works any more, however long the grant was meant to live', async () => {
    const { citizen, first, second } = await withTwoBrowsers();
    await kapu.sessionEnding.endAll(citizen.accountId);
    expect([await refreshes(first), await refreshes(second)]).toEqual([false, false]);
    expect(await kapu.storage.sessions.of(citizen.accountId)).toEqual([]);
    expect(await kapu.storage.grants.of(citizen.accountId)).toEqual([]);
  });

  it('ends the grants of one portal and leaves the person logged in', async () => {
    const { citizen, first } = await withTwoBrowsers();
    const other = await Portal.join(kapu);
    const tokens = await citizen.logsIn(other, OFFLINE);
    await kapu.sessionEnding.endGrantsOf(citizen.accountId, portal.clientId);
    expect(await refreshes(first)).toBe(false);
    await expect(client.refreshTokenGrant(other.config, String(tokens.refresh_token))).resolves.toBeTruthy();
    expect((await citizen.browser.open('/account')).status).toBe(200);
  });

  it('a logout ends the grants of its session, offline access too, and no other session', async () => {
    const { citizen, first, second } = await withTwoBrowsers();
    await citizen.browser.open('/logout');
    await citizen.browser.submit('/session/end/confirm', { logout: 'yes' });
    expect([await refreshes(first), await refreshes(second)]).toEqual([true, false]);
  });

  it('an expired session leaves offline access alive: nobody logged out', async () => {
    const { first } = await withTwoBrowsers();
    travel(60 * MINUTES);
    expect(await refreshes(first)).toBe(true);
  });
}
