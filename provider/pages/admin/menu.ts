/** The menu of the console: each entry for those who may open its page. */
import type { Account, Role } from '../../core/account.ts';

export interface MenuEntry {
  readonly href: string;
  readonly labelKey: string;
  /** Whether the page at hand is there, or below. */
  readonly here: boolean;
}

const STAFF: readonly Role[] = ['admin', 'operator'];

/** In the order in which they are shown: path -> who sees it. Labels are `console.menu.<name>`. */
const ENTRIES: readonly { readonly href: string; readonly name: string; readonly roles: readonly Role[] }[] =
  [
    { href: '/admin', name: 'home', roles: STAFF },
    { href: '/admin/accounts', name: 'accounts', roles: STAFF },
    { href: '/admin/clients', name: 'clients', roles: ['admin'] },
    { href: '/admin/tokens', name: 'tokens', roles: ['admin'] },
    { href: '/admin/letters', name: 'letters', roles: ['admin'] },
    { href: '/admin/history', name: 'history', roles: ['admin'] },
  ];

export function menuFor({ roles }: Pick<Account, 'roles'>, path: string): MenuEntry[] {
  return ENTRIES.filter((entry) => entry.roles.some((role) => roles.includes(role))).map(
    ({ href, name }) => ({
      href,
      labelKey: `console.menu.${name}`,
      here: path === href || (href !== '/admin' && path.startsWith(`${href}/`)),
    }),
  );
}
