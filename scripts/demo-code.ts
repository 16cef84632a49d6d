/** Prints the current code of a demo person (`npm run -s demo:code cili`; bela if none is named), or of a Base32 secret. */
import { createGuardrails, generateSync } from 'otplib';
import { STEP_SECONDS } from '../provider/core/totp.ts';
import { BELA, CILI, DENES } from './demo-data.ts';

const given = process.argv[2] ?? BELA.username;
const person = [BELA, CILI, DENES].find(({ username }) => username === given);
const secret = (person?.totpSecret ?? given).replace(/[\s=-]/g, '').toUpperCase();

try {
  const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });
  process.stdout.write(`${generateSync({ secret, period: STEP_SECONDS, guardrails })}\n`);
} catch {
  process.stderr.write(
    'demo:code: the argument must be bela, cili, denes or a Base32 secret of 10 bytes or more\n',
  );
  process.exitCode = 2;
}
