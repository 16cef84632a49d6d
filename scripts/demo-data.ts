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

/** Is enrolled; `npm run -s demo:code bela` is the app. */
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

/** Registers portals and looks after the service, at `/admin`. */
export const CILI = {
  username: 'cili',
  password: 'harom-zold-kilincs-ma',
  email: 'cili@example.com',
  totpSecret: 'PMXGKT5DWUJ2AQ7ZLHNB3YVC6RSOE4IF',
  roles: ['admin'],
  person: { familyName: 'Fekete', givenName: 'Cecília' },
} as const satisfies NewAccount;

/** Helps people at the desk, at `/admin`. */
export const DENES = {
  username: 'denes',
  password: 'porzo-ablak-este-hat',
  email: 'denes@example.com',
  totpSecret: 'H7QWLBZ3KXV5TNPGJ2DAYRMO6SCE4UIF',
  roles: ['operator'],
  person: { familyName: 'Varga', givenName: 'Dénes' },
} as const satisfies NewAccount;

export const DEMO_PEOPLE = [ANNA, BELA, CILI, DENES] as const satisfies readonly NewAccount[];
