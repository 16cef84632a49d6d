/** A browser in plain words: what a person recognises as theirs, and nothing of the rest that it says of itself. */
import Bowser from 'bowser';
import type { Translate } from './texts.ts';

/** Such as "Chrome, Windows"; a text that says so where it can't be told. The user agent is hostile text. */
export function browserName(userAgent: string | undefined, t: Translate): string {
  if (!userAgent) return t('browser.unknown');
  const { browser, os } = Bowser.parse(userAgent);
  return [browser.name, os.name].filter(Boolean).join(', ') || t('browser.unknown');
}
