/** The console of the staff: who gets in, who has which role, and what the desk does for people. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Role } from '../../provider/core/account.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { describeWithRedis } from '../support/needs.ts';
import { Portal } from '../support/portal.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { MINUTES, releaseClock, stopClock, travel } from '../support/time.ts';

const BY = { by: COMMAND_LINE };

describe('on the embedded engine', () => desk('embedded'));
describeWithRedis('on the redis engine', () => desk('redis'));

function desk(engine: 'embedded' | 'redis'): void {
  let redis: RedisServer | undefined;
  let kapu: TestKapu;
  let portal: Portal;

  beforeAll(async () => {
    stopClock();
    redis = engine === 'redis' ? await startRedis() : undefined;
    kapu = await startKapu(redis && { redisUrl: redis.url });
    portal = await Portal.join(kapu);
  });
  afterAll(async () => {
    await kapu.stop();
    await redis?.stop();
    releaseClock();
  });

  async function staff(role: Role): Promise<Citizen> {
    const one = await Citizen.born(kapu, { enrolled: true });
    await kapu.staffRoles.give(one.accountId, role, BY);
    return one;
  }

  describe('the console', () => {
    it('is for those who have a role, and tells others so at once, without making them enrol', async () => {
      const citizen = await Citizen.born(kapu);
      await citizen.comesHome();
      expect(citizen.browser.page.html).not.toContain('href="/admin"');
      const { status } = await citizen.browser.open('/admin');
      expect(status).toBe(403);
      const [newest] = await kapu.history.of(citizen.accountId, 1);
      expect(newest).toMatchObject({ kind: 'access-refused' });
    });

    it('wants the second factor of who came in with a password alone', async () => {
      const operator = await staff('operator');
      await operator.goesTo(portal);
      await operator.choosesMethod('password');
      await operator.entersPassword();
      await operator.consents();
      await operator.browser.open('/admin');
      expect(operator.browser.hasForm('/code')).toBe(true);
      await operator.goesThroughTo('/admin');
      expect(operator.browser.text).toContain('Ügyintézői felület');
      expect(operator.browser.page.html).toContain('aria-current="page"');
      await operator.browser.open('/account');
      expect(operator.browser.page.html).toContain('href="/admin"');
    });

    it('closes the moment that the role is taken away', async () => {
      const operator = await staff('operator');
      await operator.comesHome('/admin');
      await kapu.staffRoles.take(operator.accountId, 'operator', BY);
      expect((await operator.browser.open('/admin')).status).toBe(403);
    });
  });

  describe('the last admin', () => {
    async function onlyAdmin(): Promise<Citizen> {
      const one = await staff('admin');
      for (const { id } of await kapu.staffRoles.holders('admin'))
        if (id !== one.accountId) await kapu.staffRoles.take(id, 'admin', BY);
      return one;
    }

    it('can’t be lowered and can’t close their account', async () => {
      const admin = await onlyAdmin();
      expect(await kapu.staffRoles.take(admin.accountId, 'admin', BY)).toMatchObject({
        ok: false,
        because: 'last-admin',
      });
      await admin.comesHome('/account/close');
      travel(1 * MINUTES);
      await admin.browser.submit('/account/close', { password: admin.password, code: admin.code() });
      expect(admin.browser.text).toContain('Rendszergazda fiókja nem szüntethető meg');
      expect((await kapu.accounts.find(admin.accountId))?.status).toBe('active');
    });

    it('stays when all admins are lowered at the same moment, and while roles are given and taken in a race', async () => {
      await onlyAdmin();
      const more = await Promise.all(['admin', 'admin', 'admin'].map(() => staff('admin')));
      const all = (await kapu.staffRoles.holders('admin')).map(({ id }) => id);
      expect(all).toHaveLength(4);
      const some = more.map(({ accountId }) => accountId);
      await Promise.all([
        ...all.map((id) => kapu.staffRoles.take(id, 'admin', BY)),
        ...some.map((id) => kapu.staffRoles.give(id, 'admin', BY)),
        ...all.map((id) => kapu.staffRoles.take(id, 'admin', BY)),
      ]);
      await Promise.all(all.map((id) => kapu.staffRoles.take(id, 'admin', BY)));
      const left = await Promise.all(all.map((id) => kapu.accounts.find(id)));
      const counted = await kapu.staffRoles.holders('admin');
      expect(counted.length).toBeGreaterThan(0);
      expect(left.filter((one) => one?.roles.includes('admin')).length).toBeGreaterThan(0);
      for (const { roles, status } of counted) expect([roles, status]).toEqual([['admin'], 'active']);
    });

    it('a giving that crashed half way is mended by giving it again', async () => {
      const admin = await onlyAdmin();
      const other = await Citizen.born(kapu);
      await kapu.accounts.update(other.accountId, (account) => ({
        account: { ...account, roles: ['admin'] },
        result: undefined,
      }));
      expect((await kapu.staffRoles.take(admin.accountId, 'admin', BY)).ok).toBe(false);
      await kapu.staffRoles.give(other.accountId, 'admin', BY);
      expect((await kapu.staffRoles.take(admin.accountId, 'admin', BY)).ok).toBe(true);
    });
  });
}
