/** `/admin`, where the console begins: is it well, and what waits for somebody? */
import { displayName } from '../../core/account.ts';
import type { Statistics } from '../../flows/ports.ts';
import type { SignedInPage } from '../signed-in/signed-in-page.ts';
import { adminPage } from './admin-page.ts';
import { failuresByMinute, loginFigures } from './login-figures.ts';
import { type StandingPorts, standing } from './standing.ts';

export interface HomePorts extends StandingPorts {
  readonly statistics: Statistics;
}

export function homePage(ports: HomePorts): SignedInPage {
  const { statistics } = ports;
  return adminPage({
    path: '/admin',
    for: ['admin', 'operator'],
    async show({ account }, visit) {
      const [stands, hours, day] = await Promise.all([
        standing(ports, visit, account.roles),
        loginFigures(statistics, 'hours', visit),
        loginFigures(statistics, 'day', visit),
      ]);
      const name = displayName(account, visit.language);
      const minutes = failuresByMinute(hours.rows, visit);
      return { view: 'admin/home', locals: { name, roles: account.roles, stands, hours, minutes, day } };
    },
  });
}
