/** Tests that need a program of the system: without it a skip that says so, but with `CI=true` the failure that it is. */
import { describe } from '@jest/globals';
import { chromiumInstalled } from './chromium.ts';
import { apacheInstalled, authlibInstalled } from './foreign.ts';
import { haproxyInstalled, nginxInstalled } from './proxies.ts';
import { redisInstalled } from './redis-server.ts';

type Describe = (name: string, tests: () => void) => void;

/** Looks only where a file of tests asks: some programs must be started to be found. */
function describeWith(program: string, installed: () => boolean): Describe {
  return (name, tests) => {
    if (process.env.CI === 'true' || installed()) return describe(name, tests);
    process.stderr.write(`\nNOT TESTED, for there is no ${program}: ${name}\n\n`);
    describe.skip(name, tests);
  };
}

export const describeWithRedis = describeWith('redis-server', redisInstalled);
/** Such a disk is mounted for the test. */
export const describeOnSmallDisk = describeWith(
  'root of Linux',
  () => process.getuid?.() === 0 && process.platform === 'linux',
);
export const describeInBrowser = describeWith('chromium', chromiumInstalled);
export const describeWithApache = describeWith('apache2 with mod_auth_openidc', apacheInstalled);
export const describeWithAuthlib = describeWith('Authlib for Python', authlibInstalled);
export const describeWithNginx = describeWith('nginx', nginxInstalled);
export const describeWithHaproxy = describeWith('haproxy', haproxyInstalled);
