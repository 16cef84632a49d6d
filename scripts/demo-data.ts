/** The people of the demo. Everybody may know them, so the demo never runs in production. */
import type { NewAccount } from '../provider/flows/accounts.ts';

export const DEMO_CLIENT_ID = 'demo-portal';

/** Has no authenticator app yet. */
export const ANNA = {
  username: 'anna',
  password: 'csendes-tavaszi-erdo',
  email: 'anna@example.com',
  person: {
    familyName: 'Kovács',
    givenName: 'Anna',
    birthFamilyName: 'Szabó',
    birthGivenName: 'Anna',
    birthdate: '1957-03-14',
    placeOfBirth: 'Szeged',
    mothersBirthName: 'Tóth Mária',
  },
} as const satisfies NewAccount;

/** Is enrolled; `npm run -s demo:code` is the app. */
export const BELA = {
  username: 'bela',
  password: 'kek-kerekpar-a-hidon',
  email: 'bela@example.com',
  totpSecret: 'KVKFKRCPNZQUYMLXOVYDSQKJKZDTSRLD',
  person: {
    familyName: 'Nagy',
    givenName: 'Béla',
    birthFamilyName: 'Nagy',
    birthGivenName: 'Béla',
    birthdate: '1984-11-02',
    placeOfBirth: 'Pécs',
    mothersBirthName: 'Kiss Ilona',
  },
} as const satisfies NewAccount;

export const DEMO_PEOPLE: readonly NewAccount[] = [ANNA, BELA];
