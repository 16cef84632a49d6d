/** The server side of a measured process: it does what its parent asks and says what that cost. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Person, Relying } from './journeys.ts';

export interface Measured {
  readonly relying: Relying;
  /** Registers that many more people, with an authenticator app or without. */
  people(count: number, enrolled: boolean): Promise<Person[]>;
  /** That many more accounts, enrolled, that nobody logs in to. */
  fill?(count: number): Promise<void>;
  /** What the server counts beside time. */
  counts(): Readonly<Record<string, number>>;
}

/** Since the process began; CPU in milliseconds, of all its threads. */
export interface Usage {
  readonly cpuMs: number;
  /** Milliseconds that the event loop was at work. */
  readonly loopMs: number;
  readonly rssMiB: number;
  /** Since the last time it was asked. */
  readonly loopP99Ms: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** What is left when nothing waits to be collected. */
export interface Kept {
  readonly rssMiB: number;
  readonly heapMiB: number;
}

export type Question =
  | { readonly ask: 'people'; readonly count: number; readonly enrolled: boolean }
  | { readonly ask: 'fill'; readonly count: number }
  | { readonly ask: 'usage' }
  | { readonly ask: 'kept' };

/** Collects twice: what the first round frees may let go of more. */
function kept(): Kept {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssMiB: rss / 2 ** 20, heapMiB: heapUsed / 2 ** 20 };
}

export async function serveMeasured(begin: () => Promise<Measured>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const measured = await begin();

  function usage(): Usage {
    const { user, system } = process.cpuUsage();
    const loopP99Ms = delay.percentile(99) / 1e6;
    delay.reset();
    const { rss } = process.memoryUsage();
    return {
      cpuMs: (user + system) / 1000,
      loopMs: performance.eventLoopUtilization().active,
      rssMiB: rss / 2 ** 20,
      loopP99Ms,
      counts: measured.counts(),
    };
  }

  async function answerTo(question: Question): Promise<object> {
    if (question.ask === 'usage') return usage();
    if (question.ask === 'kept') return kept();
    if (question.ask === 'people') return measured.people(question.count, question.enrolled);
    await measured.fill?.(question.count);
    return usage();
  }

  process.on('message', async (question: Question) => {
    process.send?.(await answerTo(question));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(measured.relying);
}
