/** The QR code, and the password and code that prove it was scanned by the right person. */
import type { Pairing } from '../../flows/pairing.ts';
import { AT_CODE } from '../code-refusals.ts';
import { accountOf, type StepVisit, step } from '../sign-in/step.ts';

export const pairStep = (pairing: Pairing) => {
  /** Whoever changes or adds a device comes straight here: the secret is made with the page. */
  const pendingOf = async (visit: StepVisit) =>
    visit.situation.facts.pending ?? pairing.begin(visit.interaction, accountOf(visit));

  return step({
    name: 'pair',
    view: 'enrol/pair',
    hashes: true,
    form: {
      password: { maxLength: 1000, secret: true },
      code: { maxLength: 40, secret: true },
      name: { maxLength: 200, optional: true },
    },
    fieldOf: { 'wrong-password': 'password', ...AT_CODE },
    async locals(visit) {
      const account = accountOf(visit);
      const { secret, uri } = pairing.keyOf(account, await pendingOf(visit));
      // SVG stays sharp however large the person makes it, and costs a tenth of the CPU time of a PNG.
      // Loaded when the first code is drawn: a start and its memory go without.
      const { default: QRCode } = await import('qrcode');
      const svg = await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
      const qr = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
      return { username: account.username, qr, secretGroups: secret.match(/.{1,4}/g) ?? [], otpauth: uri };
    },
    async submit(visit, typed) {
      const pending = await pendingOf(visit);
      return pairing.pair(visit.interaction, accountOf(visit), pending, typed, visit.origin);
    },
  });
};
