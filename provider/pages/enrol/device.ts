/** Which of several devices is to be replaced. */
import type { Pairing } from '../../flows/pairing.ts';
import { deviceInWords } from '../device-words.ts';
import { accountOf, step } from '../sign-in/step.ts';

export const deviceStep = (pairing: Pairing) =>
  step({
    name: 'device',
    view: 'enrol/device',
    form: { device: { maxLength: 100, optional: true } },
    fieldOf: { 'choose-device': 'device' },
    locals(visit) {
      const { facts } = visit.situation;
      return {
        devices: accountOf(visit).authenticators.map((device) => deviceInWords(device, visit)),
        // The chosen one is gone: another window was faster.
        gone: facts.replaces !== undefined,
      };
    },
    submit: (visit, { device }) => pairing.chooseReplaced(visit.interaction, accountOf(visit), device),
  });
