/** The six digits of the authenticator app. */
import type { Clock } from '../../flows/ports.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { AT_CODE } from '../code-refusals.ts';
import { accountOf, step } from './step.ts';

export const codeStep = (signIn: SignIn, clock: Clock) =>
  step({
    name: 'code',
    view: 'sign-in/code',
    form: { code: { maxLength: 40, secret: true } },
    fieldOf: AT_CODE,
    // The count-down to the code's end goes by the server's clock: the phone's may be wrong.
    locals: (visit) => ({ username: accountOf(visit).username, now: clock.now() }),
    expect({ uid, isNewBrowser }) {
      if (isNewBrowser) signIn.expectWhetherNew(uid);
    },
    submit(visit, { code }) {
      const account = accountOf(visit);
      const { interaction, situation, origin } = visit;
      const typedAt = { interaction, situation, newBrowser: visit.newBrowser(account) };
      return signIn.submitCode(typedAt, account, code, origin);
    },
  });
