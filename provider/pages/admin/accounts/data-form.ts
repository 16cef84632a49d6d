/** The form of registered data, as the desk fills it in for a new person and corrects it for another. */
import type { Account } from '../../../core/account.ts';
import {
  EMAIL_MAX_LENGTH,
  NAME_MAX_LENGTH,
  PERSON_FIELDS,
  type TypedData,
} from '../../../core/registered-data.ts';
import type { FieldRule } from '../../form.ts';

const NAME = { maxLength: NAME_MAX_LENGTH } as const satisfies FieldRule;
const MAY_LACK = { ...NAME, optional: true } as const satisfies FieldRule;
export const WHY = { maxLength: 500, optional: true } as const satisfies FieldRule;

/** `needed`: the rule of what tells one person from another. */
const formOf = (needed: FieldRule) => ({
  familyName: needed,
  givenName: needed,
  birthFamilyName: MAY_LACK,
  birthGivenName: MAY_LACK,
  birthdate: { ...needed, maxLength: 10 },
  placeOfBirth: MAY_LACK,
  mothersBirthName: needed,
  email: { maxLength: EMAIL_MAX_LENGTH },
});

/** A new person is told from all others. */
export const NEW_DATA_FORM = formOf(NAME);
/** What was registered with less can be corrected without knowing the rest. */
export const DATA_FORM = formOf(MAY_LACK);

type DataValues = Readonly<Record<keyof typeof DATA_FORM, string>>;

/** The fields that the form shows, in their order. */
export const DATA_FIELDS = [...PERSON_FIELDS, 'email'] as const;

export function typedData(values: DataValues): TypedData {
  return Object.fromEntries(DATA_FIELDS.map((field) => [field, values[field]]));
}

export function dataValues({ person, email }: Pick<Account, 'person' | 'email'>): Record<string, string> {
  return { ...person, email };
}
