/** What production may not do without, and which secrets it may not have. */
import { developmentKeysIn } from './development-keys.ts';

const REQUIRED_IN_PRODUCTION = [
  'ISSUER',
  'SMTP_URL',
  'MAIL_FROM',
  'CONTACT_EMAIL',
  'COOKIE_KEYS',
  'SECRET_KEYS',
  'PAIRWISE_SALT',
];

/** Answers every problem in words. `given` are the variables that are set. */
export function missingInProduction(given: NodeJS.ProcessEnv): string[] {
  const problems = REQUIRED_IN_PRODUCTION.filter((name) => given[name] === undefined).map(
    (name) => `${name}: is required in production`,
  );
  if (given.ISSUER?.startsWith('http:')) problems.push('ISSUER: must begin with https:// in production');
  for (const [name, value] of Object.entries(developmentKeysIn(given.DATA_DIR ?? 'data'))) {
    if (value && given[name]?.includes(value))
      problems.push(`${name}: is the development one; make a new one`);
  }
  for (const name of ['COOKIE_KEYS', 'SECRET_KEYS', 'PAIRWISE_SALT']) {
    if (given[name] !== undefined && isGuessable(given[name]))
      problems.push(`${name}: is guessable; make a random one`);
  }
  return problems;
}

/** Random text of this length has far more than ten different characters. */
function isGuessable(secret: string): boolean {
  return secret.split(',').some((one) => new Set(one.trim()).size < 10);
}
