/** `/admin/accounts/new`: registers a person, after a look for who may be the same. */
import type { DeskRegistration, Similar } from '../../../flows/desk/registration.ts';
import { asLanguage } from '../../language.ts';
import type { Visit } from '../../page.ts';
import type { SignedIn } from '../../signed-in/guard.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminAction, doingOf, freshPage } from '../admin-page.ts';
import { DATA_FIELDS, NEW_DATA_FORM, typedData, WHY } from './data-form.ts';
import { ACCOUNTS_PATH, accountHref, inShort } from './words.ts';

export interface RegisterPagePorts {
  readonly deskRegistration: DeskRegistration;
}

/** Who looks like the new person, for the page that tells so: found while the form was taken, shown with it. */
type Seen = WeakMap<SignedIn, readonly Similar[]>;

export function registerPage({ deskRegistration }: RegisterPagePorts): SignedInPage {
  const seen: Seen = new WeakMap();
  return freshPage({
    path: `${ACCOUNTS_PATH}/new`,
    for: ['operator'],
    show: (who, visit) => ({
      view: 'admin/accounts/register',
      locals: {
        fields: DATA_FIELDS,
        mayLack: DATA_FIELDS.filter((name) => 'optional' in NEW_DATA_FORM[name]),
        similar: (seen.get(who) ?? []).map((one) => alike(one, visit)),
      },
    }),
    actions: {
      '': adminAction({
        form: {
          username: { maxLength: 300 },
          ...NEW_DATA_FORM,
          language: { maxLength: 2, optional: true },
          despite: { maxLength: 3, optional: true },
          why: WHY,
        },
        fieldOf: {
          'username-taken': 'username',
          'malformed-username': 'username',
          'malformed-email': 'email',
          'malformed-birthdate': 'birthdate',
        },
        async submit(who, values, visit) {
          const registered = await deskRegistration(
            {
              username: values.username,
              data: typedData(values),
              language: asLanguage(values.language) ?? 'hu',
              despite: values.despite === 'yes',
            },
            doingOf(who, visit, values.why),
          );
          if (registered.ok) {
            return { ok: true, notice: 'desk-registered', goTo: accountHref(registered.account.id) };
          }
          if (registered.similar) seen.set(who, registered.similar);
          return registered;
        },
      }),
    },
  });
}

function alike({ account, like }: Similar, visit: Visit) {
  return { ...inShort(account, visit), like };
}
