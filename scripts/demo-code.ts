/** Prints the current code of the demo's enrolled person, or of the Base32 secret given. */
import { createGuardrails, generateSync } from 'otplib';
import { STEP_SECONDS } from '../provider/core/totp.ts';
import { BELA } from './demo-data.ts';

const secret = (process.argv[2] ?? BELA.totpSecret).replace(/[\s=-]/g, '').toUpperCase();

try {
  const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });
  process.stdout.write(`${generateSync({ secret, period: STEP_SECONDS, guardrails })}\n`);
} catch {
  process.stderr.write('demo:code: the argument must be a Base32 secret of 10 bytes or more\n');
  process.exitCode = 2;
}
