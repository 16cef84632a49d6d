/** The desk registers a person: not twice, and without a password, which the person chooses by the link in a mail. */
import type { Account, Language } from '../../core/account.ts';
import type { Doing } from '../../core/doing.ts';
import { type Because, refuse } from '../../core/refusal.ts';
import { checkedData, checkedUsername, type TypedData } from '../../core/registered-data.ts';
import type { NewAccount, Registered } from '../accounts.ts';
import type { Accounts, Clock } from '../ports.ts';

export interface DeskRegistrationPorts {
  readonly accounts: Accounts;
  readonly registerAccount: (wanted: NewAccount, doing: Doing) => Promise<Registered>;
  readonly clock: Clock;
}

export interface NewPerson {
  readonly username: string;
  readonly data: TypedData;
  readonly language: Language;
  readonly test?: boolean;
  /** Register though somebody looks alike: a married couple with one address, twins of one name. */
  readonly despite: boolean;
}

/** Somebody who is registered, and in what they are like the new one. */
export interface Similar {
  readonly account: Account;
  readonly like: 'person' | 'email';
}

export type DeskRegistered =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly because: Because; readonly similar?: readonly Similar[] };

export type DeskRegistration = ReturnType<typeof deskRegistration>;

export function deskRegistration({ accounts, registerAccount, clock }: DeskRegistrationPorts) {
  async function similarTo({ email, person }: Pick<Account, 'email' | 'person'>): Promise<Similar[]> {
    const [sameName, sameEmail] = await Promise.all([
      accounts.namesakes(person),
      accounts.findByEmail(email),
    ]);
    const named = new Set(sameName.map(({ id }) => id));
    return [
      ...sameName.map((account) => ({ account, like: 'person' }) as const),
      ...sameEmail.filter(({ id }) => !named.has(id)).map((account) => ({ account, like: 'email' }) as const),
    ];
  }

  return async (wanted: NewPerson, doing: Doing): Promise<DeskRegistered> => {
    const username = checkedUsername(wanted.username);
    if (username === undefined) return refuse('malformed-username');
    const checked = checkedData(wanted.data, new Date(clock.now()).toISOString().slice(0, 10));
    if (!checked.ok) return checked;
    const similar = wanted.despite ? [] : await similarTo(checked.data);
    if (similar.length > 0) return { ok: false, because: 'similar-accounts', similar };
    const { language, test } = wanted;
    return registerAccount({ ...checked.data, username, language, ...(test && { test }) }, doing);
  };
}
