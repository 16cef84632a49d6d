/** Accounts for tests of pure functions. */
import type { Account, Authenticator } from '../../provider/core/account.ts';

export function anAccount(changes: Partial<Account> = {}): Account {
  return {
    id: 'account-1',
    username: 'anna',
    email: 'anna@example.hu',
    language: 'hu',
    status: 'active',
    roles: [],
    person: {},
    authenticators: [],
    codeFailures: { inARow: 0 },
    createdAt: 0,
    ...changes,
  };
}

export function anAuthenticator(changes: Partial<Authenticator> = {}): Authenticator {
  return {
    id: 'authenticator-1',
    kind: 'totp',
    name: 'phone',
    secret: { keyId: 'key', iv: '', data: '' },
    boundAt: 0,
    lastTimeStep: 0,
    ...changes,
  };
}
