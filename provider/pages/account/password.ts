/** `/account/password`: a new password for who knows the old one. */
import type { PasswordChange } from '../../flows/password-change.ts';
import { NEW_PASSWORD, NEW_PASSWORD_FAULTS } from '../password/new-password.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';

export const passwordPage = (
  changePassword: PasswordChange,
  minLength: () => Promise<number>,
): SignedInPage => ({
  path: '/account/password',
  needs: { level: 'own-highest', fresh: true },
  async show({ account }) {
    const locals = { username: account.username, minLength: await minLength() };
    return { view: 'account/password', locals };
  },
  actions: {
    '': action({
      form: { password: { maxLength: 1000, secret: true }, new_password: NEW_PASSWORD },
      labelOf: { password: 'changePassword.current' },
      fieldOf: { ...NEW_PASSWORD_FAULTS, 'wrong-password': 'password' },
      async submit({ account, sessionUid }, { password, new_password }, { origin }) {
        const typed = { current: password, chosen: new_password };
        const changed = await changePassword(account, typed, sessionUid, origin);
        return changed.ok ? { ok: true, notice: 'password-changed', goTo: '/account' } : changed;
      },
    }),
  },
});
