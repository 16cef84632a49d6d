/**
 * Everything that lies sealed under SECRET_KEYS: which keys are in use, and sealing it anew under the newest, so that an
 * older one can be taken away. It goes on beside running servers, may be interrupted at any moment and begun again.
 */
import type { Account, Sealed } from '../core/account.ts';
import { secretContext } from './authenticators.ts';
import type { Accounts, SealedPlace, SealedVisitor, SecretBox } from './ports.ts';

/** Accounts that are read, and written side by side, at once. */
const PAGE = 200;

export interface Progress {
  readonly place: string;
  /** Sealed values that were looked at. */
  readonly seen: number;
  readonly resealed: number;
  /** Values that no key of SECRET_KEYS opens: left as they are. */
  readonly unopened: number;
}

/** Key id -> place -> how many sealed values. */
export type KeysInUse = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function resealing(secretBox: SecretBox, places: readonly SealedPlace[]) {
  async function inUse(): Promise<KeysInUse> {
    const found: Record<string, Record<string, number>> = {};
    for (const { name, visit } of places) {
      const counted: SealedVisitor = (sealed) => {
        const ofKey = found[sealed.keyId] ?? {};
        found[sealed.keyId] = { ...ofKey, [name]: (ofKey[name] ?? 0) + 1 };
        return sealed;
      };
      for await (const _page of visit(counted));
    }
    return found;
  }

  /** Answers how far it has come, after every page of a place. */
  async function* reseal(): AsyncGenerator<Progress> {
    for (const { name, visit } of places) {
      const progress = { place: name, seen: 0, resealed: 0, unopened: 0 };
      const renewed: SealedVisitor = (sealed, context) => {
        progress.seen += 1;
        if (sealed.keyId === secretBox.newestKeyId) return sealed;
        const plain = secretBox.open(sealed, context);
        if (plain === undefined) progress.unopened += 1;
        else progress.resealed += 1;
        return plain === undefined ? sealed : secretBox.seal(plain, context);
      };
      for await (const _page of visit(renewed)) yield { ...progress };
      yield progress;
    }
  }

  return { inUse, reseal };
}

/** The secrets of authenticators. An account is written only when one of them changes. */
export function sealedInAccounts(accounts: Accounts): SealedPlace {
  return {
    name: 'accounts',
    async *visit(visitor) {
      for (let after: string | undefined; ; ) {
        const page = await accounts.list({ limit: PAGE, ...(after !== undefined && { after }) });
        if (page.length === 0) return;
        await Promise.all(page.map((account) => visitAccount(accounts, account, visitor)));
        after = page.at(-1)?.username;
        yield;
      }
    },
  };
}

async function visitAccount(accounts: Accounts, read: Account, visitor: SealedVisitor): Promise<void> {
  const made = new Map<Sealed['data'], Sealed>();
  const visited = withSecrets(read, (sealed, context) => {
    const next = visitor(sealed, context);
    made.set(sealed.data, next);
    return next;
  });
  if (visited === read) return;
  // The account of now may be another than the one that was read: what is new in it was sealed with the newest key.
  await accounts.update(read.id, (account) => ({
    account: withSecrets(account, (sealed) => made.get(sealed.data) ?? sealed),
    result: undefined,
  }));
}

function withSecrets(account: Account, change: SealedVisitor): Account {
  const authenticators = account.authenticators.map((authenticator) => {
    const secret = change(authenticator.secret, secretContext(account.id, authenticator.id));
    return secret === authenticator.secret ? authenticator : { ...authenticator, secret };
  });
  const changed = authenticators.some((one, place) => one !== account.authenticators[place]);
  return changed ? { ...account, authenticators } : account;
}
