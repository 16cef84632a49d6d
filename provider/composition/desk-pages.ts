/** The desk's part of the console. */
import type { Env } from '../../config/env.ts';
import { type AccountPagePorts, accountPage } from '../pages/admin/accounts/account.ts';
import { type CorrectPagePorts, correctPage } from '../pages/admin/accounts/correct.ts';
import { type FindPagePorts, findPage } from '../pages/admin/accounts/find.ts';
import { type AccountHistoryPagePorts, accountHistoryPage } from '../pages/admin/accounts/history.ts';
import { type RegisterPagePorts, registerPage } from '../pages/admin/accounts/register.ts';
import type { SignedInPage } from '../pages/signed-in/signed-in-page.ts';

type DeskPagePorts = AccountPagePorts &
  CorrectPagePorts &
  FindPagePorts &
  AccountHistoryPagePorts &
  RegisterPagePorts;

/** What stands first is asked first: `new` is nobody's id. */
export function deskPagesOf({ desk }: Env, ports: DeskPagePorts): SignedInPage[] {
  return [
    findPage(ports),
    registerPage(ports),
    accountPage(ports, desk),
    correctPage(ports),
    accountHistoryPage(ports),
  ];
}
