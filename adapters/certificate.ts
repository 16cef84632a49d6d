/** The certificate of this service, as it lies in its file now. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Milliseconds since the epoch; undefined for a file that can't be read, of which the listener has told already. */
export async function certificateEndsAt(file: string): Promise<number | undefined> {
  try {
    return Date.parse(new X509Certificate(await readFile(file)).validTo);
  } catch {
    return undefined;
  }
}
