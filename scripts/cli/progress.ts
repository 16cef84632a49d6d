/** How far a long command has come, on a terminal; nothing is written anywhere else. */
import type { WriteStream } from 'node:tty';

export interface Progress {
  /** So many bytes more have been read. */
  readonly read: (bytes: number) => void;
  readonly show: (counts: object) => void;
  end(): void;
}

const EVERY_MS = 200;
const WIDTH = 20;
const ERASE_LINE = '\r\u001b[K';

export function progressOn(out: WriteStream, bytes: number, silent: boolean): Progress {
  const shown = out.isTTY && !silent;
  let done = 0;
  let last = 0;

  function show(counts: object): void {
    const now = performance.now();
    if (!shown || now - last < EVERY_MS) return;
    last = now;
    const part = bytes === 0 ? 1 : done / bytes;
    const bar = '#'.repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, '.');
    const words = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    out.write(`${ERASE_LINE}[${bar}] ${Math.floor(part * 100)} %  ${words.join(', ')}`);
  }

  return {
    read: (count) => {
      done += count;
    },
    show,
    end: () => {
      if (shown) out.write(ERASE_LINE);
    },
  };
}
