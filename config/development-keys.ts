/** The secrets of a machine for development: made at the first start and kept in its data folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE = 'development-keys.json';
const SECRET_BYTES = 32;

interface DevelopmentKeys {
  readonly COOKIE_KEYS?: string;
  readonly SECRET_KEYS?: string;
  readonly PAIRWISE_SALT?: string;
}

/** Those made earlier, if any. */
export function developmentKeysIn(dataDir: string): DevelopmentKeys {
  const file = path.join(dataDir, FILE);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Made once and kept, so that what was sealed yesterday opens today. Two processes that start at once agree. */
export function developmentKeys(dataDir: string): Required<DevelopmentKeys> {
  const file = path.join(dataDir, FILE);
  const key = () => randomBytes(SECRET_BYTES).toString('base64url');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    writeOnce(
      file,
      JSON.stringify({ COOKIE_KEYS: key(), SECRET_KEYS: key(), PAIRWISE_SALT: key() }, null, 2),
    );
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The first writer wins, and nobody ever sees half a file: a link is made at once or not at all. */
function writeOnce(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${text}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
