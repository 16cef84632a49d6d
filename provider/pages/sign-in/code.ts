/** The six digits of the authenticator app. */
import { mayChangeMethod } from '../../core/sign-in.ts';
import type { SignIn } from '../../flows/sign-in.ts';
import { accountOf, otherMethodHref, step } from './step.ts';

export const codeStep = (signIn: SignIn) =>
  step({
    name: 'code',
    view: 'sign-in/code',
    form: { code: { maxLength: 40, secret: true } },
    fieldOf: {
      'wrong-code': 'code',
      'code-used': 'code',
      'code-old': 'code',
      'malformed-code': 'code',
    },
    locals: (visit) => ({
      username: accountOf(visit).username,
      ...(mayChangeMethod(visit.situation) && { otherMethodHref: otherMethodHref(visit.path) }),
    }),
    submit: ({ interaction, origin }, { code }) => signIn.submitCode(interaction, code, origin),
  });
