/** "Nincs nálam az eszközöm": the deletion code in place of the device. */
import { passwordProvedHere } from '../../core/sign-in.ts';
import type { LostDevice } from '../../flows/lost-device.ts';
import { accountOf, step } from './step.ts';

export const lostDeviceStep = (lostDevice: LostDevice) =>
  step({
    name: 'lost-device',
    view: 'sign-in/lost-device',
    hashes: true,
    form: {
      deletion_code: { maxLength: 100, secret: true },
      password: { maxLength: 1000, secret: true, optional: true },
    },
    fieldOf: {
      'wrong-password': 'password',
      'wrong-deletion-code': 'deletion_code',
      'deletion-code-used': 'deletion_code',
      'deletion-code-replaced': 'deletion_code',
    },
    locals: (visit) => ({
      username: accountOf(visit).username,
      asksPassword: !passwordProvedHere(visit.situation),
      codeHref: visit.path,
    }),
    submit(visit, { deletion_code: deletionCode, password }) {
      const situation = { ...visit.situation, account: accountOf(visit) };
      return lostDevice.submit(visit.interaction, situation, { deletionCode, password }, visit.origin);
    },
  });
