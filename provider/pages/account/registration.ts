/** `/account/registration`: what the front desk registered, where we write to and in which language, and all of it to take home. */
import type { Account, Language, Person } from '../../core/account.ts';
import type { OwnDataOf } from '../../flows/own-data.ts';
import type { Accounts, Clock, History } from '../../flows/ports.ts';
import { asLanguage } from '../language.ts';
import { action, type SignedInPage } from '../signed-in/signed-in-page.ts';
import { plainDate } from '../texts.ts';

export interface RegistrationPagePorts {
  readonly accounts: Accounts;
  readonly history: History;
  readonly ownData: OwnDataOf;
  readonly clock: Clock;
}

/** In the order in which they are shown. */
const PERSON: readonly (keyof Person)[] = [
  'familyName',
  'givenName',
  'birthFamilyName',
  'birthGivenName',
  'placeOfBirth',
  'birthdate',
  'mothersBirthName',
];

export function registrationPage({ accounts, history, ownData, clock }: RegistrationPagePorts): SignedInPage {
  return {
    path: '/account/registration',
    needs: { level: 'own-highest' },
    show: ({ account }, { language }) => ({
      view: 'account/registration',
      locals: {
        person: registered(account, language),
        username: account.username,
        email: account.email,
        mailLanguage: account.language,
      },
    }),
    actions: {
      language: action({
        form: { language: { maxLength: 2 } },
        async submit({ account }, { language: chosen }, { origin }) {
          const language = asLanguage(chosen) ?? account.language;
          const event = { kind: 'mail-language-changed', at: clock.now(), ...origin } as const;
          await accounts.update(account.id, (current) =>
            current.language === language
              ? { account: current, result: undefined }
              : { account: { ...current, language }, events: [event], result: undefined },
          );
          return { ok: true, notice: 'mail-language-changed' };
        },
      }),
    },
    files: {
      async data({ account }, { t, origin }) {
        await history.append(account.id, { kind: 'data-downloaded', at: clock.now(), ...origin });
        const body = `${JSON.stringify(await ownData(account.id), undefined, 2)}\n`;
        return { fileName: t('registration.fileName'), type: 'application/json', body };
      },
    },
  };
}

function registered({ person }: Account, language: Language) {
  return PERSON.flatMap((name) => {
    const value = person[name];
    if (!value) return [];
    return [
      { labelKey: `registration.${name}`, value: name === 'birthdate' ? plainDate(language, value) : value },
    ];
  });
}
