/** What is weak about a refused password and how to choose a better one, by zxcvbn over the words that we refuse. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { PASSWORD_ADVICE, type PasswordAdviser } from '../provider/core/password.ts';

/** The time it takes grows with the square of the length, up to some 50 ms at this one. */
const LOOKED_AT = 32;

export function passwordAdviser(words: ReadonlySet<string>): PasswordAdviser {
  let estimator: Promise<ZxcvbnFactory> | undefined;
  return async (password) => {
    estimator ??= estimatorOf(words);
    const { warning, suggestions } = (await estimator).check(
      [...password].slice(0, LOOKED_AT).join(''),
    ).feedback;
    const found: ReadonlySet<string | null> = new Set([warning, ...suggestions]);
    return PASSWORD_ADVICE.filter((advice) => found.has(advice) || advice === 'anotherWord');
  };
}

/** A tenth of a second and some 20 MB, the library's own included: for the first refusal, not for every start. */
async function estimatorOf(words: ReadonlySet<string>): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const dictionary = { commonWords: [...words] };
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: LOOKED_AT });
}
