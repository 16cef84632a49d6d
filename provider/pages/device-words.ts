/** A device as its owner knows it. */
import type { Authenticator } from '../core/account.ts';
import type { Visit } from './page.ts';
import { dateTime } from './texts.ts';

export function deviceInWords(
  { id, name, boundAt, lastUsedAt }: Authenticator,
  { language }: Pick<Visit, 'language'>,
) {
  return {
    id,
    name,
    boundAt: dateTime(language, boundAt),
    ...(lastUsedAt !== undefined && { lastUsedAt: dateTime(language, lastUsedAt) }),
  };
}
