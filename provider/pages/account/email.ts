/** `/account/registration/email`: another e-mail address, and the code that was sent there. */
import { changeUnderWay } from '../../core/email-change.ts';
import type { EmailChanging } from '../../flows/email-change.ts';
import type { Clock } from '../../flows/ports.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';

export interface EmailPagePorts {
  readonly emailChanging: EmailChanging;
  readonly clock: Clock;
}

export function emailPage({ emailChanging, clock }: EmailPagePorts): SignedInPage {
  return {
    path: '/account/registration/email',
    needs: { level: 'own-highest', fresh: true },
    show({ account }, { language }) {
      const change = changeUnderWay(account, clock.now());
      return {
        view: 'account/email',
        locals: {
          email: account.email,
          ...(change && { underWay: { address: change.address, until: dateTime(language, change.until) } }),
        },
      };
    },
    actions: {
      '': action({
        form: { email: { maxLength: 320 } },
        labelOf: { email: 'email.field' },
        fieldOf: { 'malformed-email': 'email', 'same-email': 'email' },
        submit: ({ account }, { email }, { origin }) => emailChanging.request(account, email, origin),
      }),
      confirm: action({
        form: { code: { maxLength: 40, secret: true } },
        fieldOf: { 'wrong-email-code': 'code' },
        async submit({ account }, { code }, { origin }) {
          const result = await emailChanging.confirm(account, code, origin);
          return result.ok ? { ok: true, notice: 'email-changed', goTo: '/account/registration' } : result;
        },
      }),
      'give-up': action({
        form: {},
        async submit({ account }) {
          await emailChanging.giveUp(account);
          return { ok: true };
        },
      }),
    },
  };
}
