/** What is weak about a refused password and how to choose a better one, by zxcvbn over the words that we refuse. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs } from '@zxcvbn-ts/language-common';
import { PASSWORD_ADVICE, type PasswordAdviser } from '../provider/core/password.ts';

/** The time it takes grows with the square of the length, up to some 50 ms at this one. */
const LOOKED_AT = 32;

export function passwordAdviser(words: ReadonlySet<string>): PasswordAdviser {
  let estimator: ZxcvbnFactory | undefined;
  return (password) => {
    // A tenth of a second and 5 MB, at the first refusal.
    estimator ??= new ZxcvbnFactory({
      dictionary: { commonWords: [...words] },
      graphs: adjacencyGraphs,
      maxLength: LOOKED_AT,
    });
    const { warning, suggestions } = estimator.check([...password].slice(0, LOOKED_AT).join('')).feedback;
    const found: ReadonlySet<string | null> = new Set([warning, ...suggestions]);
    return PASSWORD_ADVICE.filter((advice) => found.has(advice) || advice === 'anotherWord');
  };
}
