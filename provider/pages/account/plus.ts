/** `/account/plus`: the devices. Reaching it takes the level substantial, so whoever has no device enrols on the way. */
import type { SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';

export const plusPage: SignedInPage = {
  path: '/account/plus',
  needs: { level: 'substantial' },
  show({ account }, { language }) {
    const authenticators = account.authenticators.map(({ name, boundAt, lastUsedAt }) => ({
      name,
      boundAt: dateTime(language, boundAt),
      ...(lastUsedAt !== undefined && { lastUsedAt: dateTime(language, lastUsedAt) }),
    }));
    return { view: 'account/plus', locals: { authenticators } };
  },
};
