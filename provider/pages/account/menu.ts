/** `/account`: who is here, at which level, and what they can do. */
import { displayName } from '../../core/account.ts';
import type { FactorResets } from '../../flows/desk/factor-reset.ts';
import type { Clients } from '../../flows/ports.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';

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

export function menuPage(
  resets: Pick<FactorResets, 'objectSignedIn'>,
  clients: Pick<Clients, 'ownedBy'>,
): SignedInPage {
  return {
    path: '/account',
    needs: { level: 'own-highest' },
    async show({ account, level }, { language }) {
      const enrolled = account.authenticators.length > 0;
      const resetUntil = account.factorReset?.confirmed?.until;
      const staff = account.roles.length > 0 && { '/admin': 'console' };
      // Of no use, and one more thing to wonder about, for everybody else.
      const owned = (await clients.ownedBy(account.id)).length > 0 && { '/account/clients': 'clients' };
      const items = { ...ITEMS, '/account/plus': enrolled ? 'plus' : 'enrol', ...owned, ...staff };
      return {
        view: 'account/menu',
        locals: {
          name: displayName(account, language),
          username: account.username,
          level,
          enrolled,
          ...(resetUntil !== undefined && { resetUntil: dateTime(language, resetUntil) }),
          items: Object.entries(items).map(([href, key]) => ({
            href,
            labelKey: `account.item.${key}`,
            hintKey: `account.item.${key}Hint`,
          })),
        },
      };
    },
    actions: {
      object: action({
        form: {},
        async submit({ account }, _values, { origin }) {
          const stopped = await resets.objectSignedIn(account, origin);
          return stopped.ok ? { ok: true, notice: 'factor-reset-objected' } : stopped;
        },
      }),
    },
  };
}
