/** `/account`: who is here, at which level, and what they can do. */
import { displayName } from '../../core/account.ts';
import type { View, Visit } from '../page.ts';
import type { SignedIn } from './guard.ts';

export function menuPage({ account, level }: SignedIn, { language }: Visit): View {
  const enrolled = account.authenticators.length > 0;
  const item = enrolled ? 'plus' : 'enrol';
  return {
    view: 'account/menu',
    signedIn: true,
    locals: {
      name: displayName(account, language),
      username: account.username,
      level,
      enrolled,
      items: [
        { href: '/account/plus', labelKey: `account.item.${item}`, hintKey: `account.item.${item}Hint` },
      ],
    },
  };
}
