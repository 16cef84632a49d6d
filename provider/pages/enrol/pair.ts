/** The QR code, and the password and code that prove it was scanned by the right person. */
import QRCode from 'qrcode';
import type { Enrolment } from '../../flows/enrolment.ts';
import { accountOf, type StepVisit, step } from '../sign-in/step.ts';

export const pairStep = (enrolment: Enrolment) =>
  step({
    name: 'pair',
    view: 'enrol/pair',
    form: { password: { maxLength: 1000, secret: true }, code: { maxLength: 40, secret: true } },
    fieldOf: {
      'wrong-credentials': 'password',
      'wrong-code': 'code',
      'code-old': 'code',
      'malformed-code': 'code',
    },
    async locals(visit) {
      const account = accountOf(visit);
      const { secret, uri } = enrolment.pairingOf(account, pendingOf(visit));
      // SVG stays sharp however large the person makes it, and costs a tenth of the CPU time of a PNG.
      const svg = await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
      const qr = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
      return { username: account.username, qr, secretGroups: secret.match(/.{1,4}/g) ?? [], otpauth: uri };
    },
    submit: (visit, typed) =>
      enrolment.pair(visit.interaction, accountOf(visit), pendingOf(visit), typed, visit.origin),
  });

export function pendingOf({ situation }: StepVisit) {
  if (!situation.facts.pending) throw new Error('this step needs a pending authenticator');
  return situation.facts.pending;
}
