/**
 * What is weak about a refused password and how to choose a better one, by zxcvbn over the words that we refuse. In a
 * thread of its own, which is there only while somebody needs it: the event loop would stand still for a fifth of a second.
 */
import { Piscina } from 'piscina';
import { PASSWORD_ADVICE, type PasswordAdviser } from '../provider/core/password.ts';

/** The memory is given back when no password was refused for a while. */
const THREADS = { minThreads: 0, maxThreads: 1, idleTimeout: 60_000 };
/** Advice is not worth a longer wait: neither for others, nor for a thread that does not come up. */
const PATIENCE_MS = 10_000;

/** `wordsFile` is that of `weak-words.ts`. Without advice, which `onFault` hears of, a password is refused all the same. */
export function passwordAdviser(wordsFile: string, onFault: (error: Error) => void): PasswordAdviser {
  let opened: Piscina<string, string[]> | undefined;

  return async (password) => {
    opened ??= threadFor(wordsFile).on('error', onFault);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const found = await opened.run(password, { signal }).catch((error: Error): string[] => {
      onFault(error);
      return [];
    });
    return PASSWORD_ADVICE.filter((advice) => found.includes(advice) || advice === 'anotherWord');
  };
}

function threadFor(wordsFile: string): Piscina<string, string[]> {
  const fromSource = import.meta.url.endsWith('.ts');
  return new Piscina({
    ...THREADS,
    filename: new URL(`./password-advice.worker.${fromSource ? 'ts' : 'js'}`, import.meta.url).href,
    execArgv: fromSource ? ['--import', 'tsx'] : [],
    env: {},
    workerData: { wordsFile },
  });
}
