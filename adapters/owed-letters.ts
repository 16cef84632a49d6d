/**
 * Letters that a change of an account owes. They are kept in the commit of the change, put into the outbox after it and
 * then forgotten. The outbox lies in other partitions, which no commit spans; so a list says before the change where to
 * look, in a minute, for what a crash left.
 */
import type { Sealed } from '../provider/core/account.ts';
import type { Mail } from '../provider/core/mail.ts';
import type { Background, Clock, Random, SealedPlace, SecretBox } from '../provider/flows/ports.ts';
import { accountPartition } from './account-partition.ts';
import { storedDueList } from './due-list.ts';
import { addressed, type QueuedMailer } from './mailer.ts';
import type { Entry, Key, Store, Write } from './store.ts';

/** The letters of one change, before and after they are written. */
export interface Owing {
  readonly accountId: string;
  readonly id: string;
  /** When somebody looks for them; milliseconds since the epoch. */
  readonly lookAt: number;
}

export interface OwedLetters {
  /** Before the commit. Where none comes of it, this is forgotten by itself. */
  announce(accountId: string): Promise<Owing>;
  /** The write that keeps them, for a commit in the account's partition. */
  kept(owing: Owing, letters: readonly Mail[]): Write;
  /** After the commit. Nobody waits for it: they are as good as sent. */
  send(owing: Owing, letters: readonly Mail[]): void;
  /** Sends what a crash left. Any instance may call it at any time: each change's is taken up by one of them. */
  sendDue(): Promise<void>;
  readonly sealed: SealedPlace;
}

function nobodySends(): never {
  throw new Error('letters need somebody who sends them');
}

/** Where nothing that is done owes any. */
export const NO_LETTERS: Pick<OwedLetters, 'announce' | 'kept' | 'send'> = {
  announce: async () => nobodySends(),
  kept: nobodySends,
  send: nobodySends,
};

export interface OwedLettersPorts {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly mailer: QueuedMailer;
  readonly background: Background;
  readonly random: Random;
  readonly clock: Clock;
}

/** No change takes so long, also with clocks apart: who has not sent by then is gone. */
const LOOK_AFTER_MS = 60_000;
const SWEEP = 100;
const MOST_VISITED = 10_000;

const keyOf = ({ accountId, id }: Pick<Owing, 'accountId' | 'id'>): Key => ({
  partition: accountPartition(accountId),
  name: `owed:${id}`,
});
/** Neither id has a space. */
const nameOf = ({ accountId, id }: Owing) => `${accountId} ${id}`;
const contextOf = (owing: Owing) => `owed:${nameOf(owing)}`;

function owingOf(name: string, lookAt: number): Owing {
  const [accountId = '', id = ''] = name.split(' ');
  return { accountId, id, lookAt };
}

export function owedLetters(ports: OwedLettersPorts): OwedLetters {
  const { store, secretBox, mailer, background, random, clock } = ports;
  const due = storedDueList(store, clock, 'owed-letters');

  const forget = (owing: Owing) => due.remove(nameOf(owing), owing.lookAt);

  /** May begin anew after a crash at any point: the list forgets them last. */
  async function queue(owing: Owing, letters: readonly Mail[]): Promise<void> {
    await Promise.all(letters.map((mail, place) => mailer.postOne(mail, `${owing.id}-${place}`)));
    const { partition, name } = keyOf(owing);
    await store.commit(partition, [{ kind: 'remove', name }]);
    await forget(owing);
  }

  async function queueLeft(owing: Owing): Promise<void> {
    const entry = await store.get<Sealed>(keyOf(owing));
    if (!entry) return forget(owing);
    const opened = secretBox.open(entry.value, contextOf(owing));
    // Else it stays for when its key is back.
    if (opened !== undefined) await queue(owing, JSON.parse(opened));
  }

  async function visit(key: Key, entry: Entry<Sealed>, change: (sealed: Sealed) => Sealed): Promise<void> {
    const { value: sealed, version } = entry;
    const value = change(sealed);
    // Where it has gone meanwhile nothing is left to do.
    if (value !== sealed)
      await store.commit(key.partition, [{ kind: 'put', name: key.name, value, expect: { version } }]);
  }

  return {
    async announce(accountId) {
      const owing = { accountId, id: random.id(), lookAt: clock.now() + LOOK_AFTER_MS };
      await due.add(nameOf(owing), owing.lookAt);
      return owing;
    },

    kept(owing, letters) {
      const text = JSON.stringify(letters.flatMap(addressed));
      return { kind: 'put', name: keyOf(owing).name, value: secretBox.seal(text, contextOf(owing)) };
    },

    send: (owing, letters) => background.run('letters', () => queue(owing, letters.flatMap(addressed))),

    async sendDue() {
      for (const { id, at } of await due.takeDue(SWEEP)) await queueLeft(owingOf(id, at));
    },

    sealed: {
      name: 'owed-letters',
      async *visit(visitor) {
        for (const { id: name, at } of await due.list(MOST_VISITED)) {
          const owing = owingOf(name, at);
          const entry = await store.get<Sealed>(keyOf(owing));
          if (entry) await visit(keyOf(owing), entry, (sealed) => visitor(sealed, contextOf(owing)));
          yield;
        }
      },
    },
  };
}
