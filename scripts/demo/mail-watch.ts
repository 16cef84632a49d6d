/** Says on the console when a letter has been written, since a demo has no mail server and a quiet log. */
import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import path from 'node:path';

export function announceMail(folder: string, say: (line: string) => void): FSWatcher {
  mkdirSync(folder, { recursive: true });
  const announced = new Set<string>();
  return watch(folder, (_event, file) => {
    if (file === null || !file.endsWith('.eml') || announced.has(file)) return;
    announced.add(file);
    say(`Mail written: ${path.join(folder, file)}`);
  });
}
