/** `/admin`: where the console begins. */
import { displayName } from '../../core/account.ts';
import type { SignedInPage } from '../signed-in/signed-in-page.ts';
import { adminPage } from './admin-page.ts';

export const homePage: SignedInPage = adminPage({
  path: '/admin',
  for: ['admin', 'operator'],
  show: ({ account }, { language }) => ({
    view: 'admin/home',
    locals: { name: displayName(account, language), roles: account.roles },
  }),
});
