/**
 * `/reopen/:token`: the link in the mail that takes the closing of an account back. Mail readers open links by themselves,
 * so nothing happens before a button is pressed.
 */
import type { Closing } from '../../flows/closing.ts';
import { type OpenPage, openPage } from '../open/open-page.ts';

export const REOPENED_PATH = '/reopened';

export const reopenHref = (issuer: string) => (token: string) => `${issuer}/reopen/${token}`;

export function reopenPage(closing: Closing): OpenPage {
  return openPage({
    path: '/reopen/:token',
    form: {},
    show: () => ({ view: 'site/reopen' }),
    async submit(_values, { params, origin }) {
      const result = await closing.reopen(String(params.token), origin);
      return result.ok ? { ok: true, goTo: REOPENED_PATH } : result;
    },
  });
}
