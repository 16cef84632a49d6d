/** `/account/plus`: the devices. Reaching it takes the level substantial, so whoever has no device enrols on the way. */
import type { View, Visit } from '../page.ts';
import { dateTime } from '../texts.ts';
import type { SignedIn } from './guard.ts';

export function plusPage({ account }: SignedIn, { language }: Visit): View {
  const authenticators = account.authenticators.map(({ name, boundAt, lastUsedAt }) => ({
    name,
    boundAt: dateTime(language, boundAt),
    ...(lastUsedAt !== undefined && { lastUsedAt: dateTime(language, lastUsedAt) }),
  }));
  return { view: 'account/plus', signedIn: true, locals: { authenticators } };
}
