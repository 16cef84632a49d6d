/** `/account`: who is here, at which level, and what they can do. */
import { displayName } from '../../core/account.ts';
import type { SignedInPage } from '../signed-in/signed-in-page.ts';

/** In the order in which they are shown: path -> name of its texts below `account.item.`. */
const ITEMS = {
  '/account/registration': 'registration',
  '/account/password': 'password',
  '/account/close': 'close',
  '/account/plus': 'plus',
  '/account/history': 'history',
  '/account/sessions': 'sessions',
  '/account/portals': 'portals',
} as const;

export const menuPage: SignedInPage = {
  path: '/account',
  needs: { level: 'own-highest' },
  show({ account, level }, { language }) {
    const enrolled = account.authenticators.length > 0;
    const staff = account.roles.length > 0 && { '/admin': 'console' };
    const items = { ...ITEMS, '/account/plus': enrolled ? 'plus' : 'enrol', ...staff };
    return {
      view: 'account/menu',
      locals: {
        name: displayName(account, language),
        username: account.username,
        level,
        enrolled,
        items: Object.entries(items).map(([href, key]) => ({
          href,
          labelKey: `account.item.${key}`,
          hintKey: `account.item.${key}Hint`,
        })),
      },
    };
  },
};
