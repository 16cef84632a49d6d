/** What the desk's pages say of a person. */
import { type Account, displayName } from '../../../core/account.ts';
import { PERSON_FIELDS } from '../../../core/registered-data.ts';
import { mayHandle } from '../../../core/roles.ts';
import type { Visit } from '../../page.ts';
import type { SignedIn } from '../../signed-in/guard.ts';
import { plainDate } from '../../texts.ts';

export const ACCOUNTS_PATH = '/admin/accounts';

export const accountHref = (id: string) => `${ACCOUNTS_PATH}/${encodeURIComponent(id)}`;

/** As in a list: enough to tell namesakes apart. */
export function inShort(account: Account, { language }: Pick<Visit, 'language'>) {
  const { id, username, status, person, roles } = account;
  return {
    href: accountHref(id),
    name: displayName(account, language),
    username,
    status,
    staff: roles.length > 0,
    ...(person.birthdate && { birthdate: plainDate(language, person.birthdate) }),
    ...(person.mothersBirthName && { mother: person.mothersBirthName }),
  };
}

export function isTheirsToHandle({ account: { id, roles } }: SignedIn, account: Account): boolean {
  return mayHandle({ kind: 'account', id, roles }, account);
}

/** Everything that is registered, with the keys of the labels. */
export function registered({ person, email }: Account, { language }: Pick<Visit, 'language'>) {
  const data = PERSON_FIELDS.flatMap((field) => {
    const value = person[field];
    if (!value) return [];
    return [
      { labelKey: `field.${field}`, value: field === 'birthdate' ? plainDate(language, value) : value },
    ];
  });
  return [...data, { labelKey: 'field.email', value: email }];
}
