/** Ctrl-C, and the end that a service manager asks for, while a long command is at work. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Interruption {
  /** Somebody asked for the end: begin nothing more, and say what was done. */
  readonly asked: () => boolean;
  /** From now on a signal ends the process, as it does by itself. */
  end(): void;
}

/** Who asks a second time does not want to wait. */
export function interruption(): Interruption {
  let asked = false;
  function end(): void {
    for (const signal of SIGNALS) process.off(signal, ask);
  }
  function ask(): void {
    asked = true;
    end();
  }
  for (const signal of SIGNALS) process.on(signal, ask);
  return { asked: () => asked, end };
}

/** As far as it goes until somebody asks for the end. */
export async function* until<T>(source: AsyncIterable<T>, asked: () => boolean): AsyncGenerator<T> {
  for await (const one of source) {
    if (asked()) return;
    yield one;
  }
}
