/** `/account/close`: what is lost, and the password and the code that prove who wants it. */
import type { Closing } from '../../flows/closing.ts';
import { AT_CODE } from '../code-refusals.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';

export const CLOSING_PATH = '/account-closing';

export interface ClosePagePorts {
  readonly closing: Closing;
}

export interface ClosePageSettings {
  /** Whole days in which it can be taken back. */
  readonly days: number;
}

export function closePage({ closing }: ClosePagePorts, { days }: ClosePageSettings): SignedInPage {
  return {
    path: '/account/close',
    needs: { level: 'own-highest' },
    show: ({ account }) => ({
      view: 'account/close',
      locals: { username: account.username, enrolled: account.authenticators.length > 0, days },
    }),
    actions: {
      '': action({
        form: {
          password: { maxLength: 1000, secret: true },
          code: { maxLength: 40, secret: true, optional: true },
        },
        fieldOf: { 'wrong-password': 'password', ...AT_CODE },
        async submit({ account }, typed, { origin }) {
          const result = await closing.close(account, typed, origin);
          return result.ok ? { ok: true, goTo: CLOSING_PATH } : result;
        },
      }),
    },
  };
}
