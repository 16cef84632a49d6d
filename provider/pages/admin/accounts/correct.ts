/** `/admin/accounts/:id/data`: corrects registered data by documents. */
import { type DeskCorrection, dataTag } from '../../../flows/desk/correction.ts';
import type { Accounts } from '../../../flows/ports.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { adminAction, doingOf, freshPage } from '../admin-page.ts';
import { DATA_FIELDS, DATA_FORM, dataValues, typedData } from './data-form.ts';
import { ACCOUNTS_PATH, accountHref, inShort, isTheirsToHandle, registered } from './words.ts';

export interface CorrectPagePorts {
  readonly accounts: Accounts;
  readonly deskCorrection: DeskCorrection;
}

/** Why registered data are others than they were, everybody may ask one day. */
const WHY_NEEDED = { maxLength: 500 } as const;

export function correctPage({ accounts, deskCorrection }: CorrectPagePorts): SignedInPage {
  return freshPage({
    path: `${ACCOUNTS_PATH}/:id/data`,
    for: ['operator', 'admin'],
    async show(who, visit, { params }) {
      const account = await accounts.find(params.id ?? '');
      if (!account || !isTheirsToHandle(who, account)) return undefined;
      return {
        view: 'admin/accounts/correct',
        locals: {
          person: inShort(account, visit),
          fields: DATA_FIELDS,
          basedOn: dataTag(account),
          now: registered(account, visit),
        },
        form: { action: '', values: dataValues(account) },
      };
    },
    actions: {
      '': adminAction({
        form: { ...DATA_FORM, basedOn: { maxLength: 40 }, why: WHY_NEEDED },
        labelOf: { why: 'desk.correct.why' },
        fieldOf: { 'malformed-email': 'email', 'malformed-birthdate': 'birthdate' },
        async submit(who, { basedOn, why, ...values }, visit, { params }) {
          const wanted = { typed: typedData(values), basedOn };
          const done = await deskCorrection(params.id ?? '', wanted, doingOf(who, visit, why));
          if (!done.ok) return done;
          return { ok: true, notice: 'desk-corrected', goTo: accountHref(done.account.id) };
        },
      }),
    },
  });
}
