/** `/admin`, where the console begins: is it well? */
import { displayName } from '../../core/account.ts';
import type { Statistics } from '../../flows/ports.ts';
import type { SignedInPage } from '../signed-in/signed-in-page.ts';
import { adminPage } from './admin-page.ts';
import { loginFigures } from './login-figures.ts';

export interface HomePorts {
  readonly statistics: Statistics;
}

export function homePage({ statistics }: HomePorts): SignedInPage {
  return adminPage({
    path: '/admin',
    for: ['admin', 'operator'],
    async show({ account }, visit) {
      const [hours, day] = await Promise.all([
        loginFigures(statistics, 'hours', visit),
        loginFigures(statistics, 'day', visit),
      ]);
      const name = displayName(account, visit.language);
      return { view: 'admin/home', locals: { name, roles: account.roles, hours, day } };
    },
  });
}
