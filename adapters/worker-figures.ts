/**
 * What workers count, told to the primary when it asks and added up there. What a worker that has died had counted when it
 * was last asked stays in the sum: a counter that goes down would look like a restart of the whole service.
 */
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry, register } from 'prom-client';

type Figures = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

interface Question {
  readonly kapuAsks: 'figures';
}

interface Answer {
  readonly kapuFigures: Figures;
}

const QUESTION: Question = { kapuAsks: 'figures' };
/** Of who takes longer what they said before counts. */
const ANSWERED_WITHIN_MS = 5_000;
/** What a process that is no more still has: a gauge says how things stand. */
const LASTING: readonly string[] = ['counter', 'histogram'];

const isQuestion = (message: unknown): message is Question =>
  typeof message === 'object' && message !== null && 'kapuAsks' in message;
const isAnswer = (message: unknown): message is Answer =>
  typeof message === 'object' && message !== null && 'kapuFigures' in message;

/** A worker answers the primary's questions from the moment on when this has run. */
export function answerPrimary(): void {
  process.on('message', async (message) => {
    if (isQuestion(message))
      process.send?.({ kapuFigures: await register.getMetricsAsJSON() } satisfies Answer);
  });
}

const sumOf = (all: readonly Figures[]): Registry => AggregatorRegistry.aggregate([...all]);

/** The primary's side. Answers all workers' figures added up, as text. */
export function workerFigures(): () => Promise<string> {
  const heard = new Map<number, Figures>();
  const waiting = new Map<number, () => void>();
  /** Who only just starts would not answer. */
  const listening = new Set<number>();
  let departed: Promise<Figures> = Promise.resolve([]);

  cluster.on('message', ({ id }: Worker, message: unknown) => {
    if (!isAnswer(message)) return;
    heard.set(id, message.kapuFigures);
    waiting.get(id)?.();
  });

  cluster.on('listening', ({ id }: Worker) => void listening.add(id));

  cluster.on('exit', ({ id }: Worker) => {
    listening.delete(id);
    const last = heard.get(id);
    heard.delete(id);
    waiting.get(id)?.();
    waiting.delete(id);
    if (last) departed = departed.then((before) => lasting([before, last]));
  });

  function asked(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, ANSWERED_WITHIN_MS).unref();
      waiting.set(worker.id, done);
      // It may have died without our having heard: unasked for, the error of a closed pipe would end the primary.
      worker.send(QUESTION, (error) => error && done());
    });
  }

  async function sum(): Promise<string> {
    const alive = Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? []);
    const able = alive.filter((worker) => listening.has(worker.id) && worker.isConnected());
    await Promise.all(able.map(asked));
    return sumOf([...heard.values(), await departed]).metrics();
  }

  let asking: Promise<string> | undefined;
  /** Who asks while others do hears the same. */
  return () => {
    asking ??= sum().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function lasting(all: readonly Figures[]): Promise<Figures> {
  return (await sumOf(all).getMetricsAsJSON()).filter(({ type }) => LASTING.includes(String(type)));
}
