/**
 * `/account/plus`: the devices, and all that can be done with them. Reaching it takes the level substantial, so whoever has
 * no device enrols on the way; changing something takes a login of the last minutes.
 */

import type { AcrValues } from '../../core/assurance.ts';
import { MAX_AUTHENTICATORS } from '../../core/authenticators.ts';
import type { Goal } from '../../core/goals.ts';
import type { Devices } from '../../flows/devices.ts';
import { signInHref } from '../../oidc/account-client.ts';
import { deviceInWords } from '../device-words.ts';
import type { Visit } from '../page.ts';
import type { Needs, SignedIn } from '../signed-in/guard.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';

export interface PlusSettings {
  readonly issuer: string;
  readonly acrValues: AcrValues;
  readonly freshSeconds: number;
}

const PATH = '/account/plus';
const CHANGING: Needs = { level: 'substantial', fresh: true };
/** Nobody types it: without one there is nothing to do. */
const DEVICE = { maxLength: 100, optional: true } as const;

export function plusPage(devices: Devices, { issuer, acrValues, freshSeconds }: PlusSettings): SignedInPage {
  const here = { acrValue: acrValues.substantial, path: PATH };
  const hrefOf = (goal: Goal) => signInHref(issuer, { ...here, goal });
  const hrefs = {
    change: hrefOf('device-change'),
    add: hrefOf('device-add'),
    deletionCode: hrefOf('deletion-code'),
    unlock: signInHref(issuer, { ...here, maxAge: freshSeconds }),
  };

  return {
    path: PATH,
    needs: { level: 'substantial' },
    show({ account, fresh }, visit) {
      const { authenticators } = account;
      return {
        view: 'account/plus',
        locals: {
          devices: authenticators.map((authenticator) => deviceInWords(authenticator, visit)),
          full: authenticators.length >= MAX_AUTHENTICATORS,
          max: MAX_AUTHENTICATORS,
          fresh,
          hrefs,
        },
      };
    },
    actions: {
      rename: action({
        needs: CHANGING,
        form: { device: DEVICE, name: { maxLength: 200, optional: true } },
        async submit(who, { device, name }, visit) {
          const done = await devices.rename(doing(who, visit), device, name);
          return done.ok ? { ok: true, notice: 'device-renamed' } : done;
        },
      }),
      remove: action({
        needs: CHANGING,
        form: { device: DEVICE },
        async submit(who, { device }, visit) {
          const done = await devices.remove(doing(who, visit), device);
          if (!done.ok) return done;
          return done.off ? OFF : { ok: true, notice: 'device-removed' };
        },
      }),
      off: action({
        needs: CHANGING,
        form: {},
        async submit(who, _values, visit) {
          const done = await devices.switchOff(doing(who, visit));
          return done.ok ? OFF : done;
        },
      }),
    },
  };
}

/** The settings are of no use any more. */
const OFF = { ok: true, notice: 'plus-off', goTo: '/account' } as const;

function doing({ account, sessionUid }: SignedIn, { origin }: Visit) {
  return { account, sessionUid, origin };
}
