/** The store's contract as plainly as it can be said: three maps and a loop. The engines are compared with it. */
import type { Write } from '../../adapters/store.ts';

interface Expiring {
  readonly expiresAt?: number | undefined;
}

interface Document extends Expiring {
  readonly value: unknown;
  /** As the engine named it, told to {@link StoreModel.learn}. */
  version: string;
}

/** One partition. */
export class StoreModel {
  readonly #documents = new Map<string, Document>();
  readonly #sets = new Map<string, Map<string, Expiring>>();
  readonly #streams = new Map<string, unknown[]>();

  commit(writes: readonly Write[], now: number): boolean {
    if (!writes.every((write) => this.#stands(write, now))) return false;
    for (const write of writes) this.#carryOut(write);
    return true;
  }

  document(name: string, now: number): Document | undefined {
    const document = this.#documents.get(name);
    return document && alive(document, now) ? document : undefined;
  }

  learn(name: string, version: string): void {
    const document = this.#documents.get(name);
    if (document) document.version = version;
  }

  members(name: string, now: number): string[] {
    const members = [...(this.#sets.get(name) ?? [])].filter(([, expiring]) => alive(expiring, now));
    return members.map(([member]) => member).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  stream(name: string): unknown[] {
    return this.#streams.get(name)?.toReversed() ?? [];
  }

  #stands(write: Write, now: number): boolean {
    if (!('expect' in write) || !write.expect) return true;
    const found = this.document(write.name, now);
    return write.expect === 'absent' ? !found : found?.version === write.expect.version;
  }

  #carryOut(write: Write): void {
    switch (write.kind) {
      case 'put':
        this.#documents.set(write.name, {
          value: write.value,
          expiresAt: write.expiresAt,
          version: 'not learnt',
        });
        break;
      case 'remove':
        this.#documents.delete(write.name);
        break;
      case 'add':
        this.#set(write.set).set(write.member, { expiresAt: write.expiresAt });
        break;
      case 'drop':
        this.#set(write.set).delete(write.member);
        break;
      case 'append': {
        const entries = [...(this.#streams.get(write.stream) ?? []), write.value];
        this.#streams.set(write.stream, entries.slice(-write.keep));
      }
    }
  }

  #set(name: string): Map<string, Expiring> {
    const set = this.#sets.get(name) ?? new Map<string, Expiring>();
    this.#sets.set(name, set);
    return set;
  }
}

function alive({ expiresAt }: Expiring, now: number): boolean {
  return expiresAt === undefined || expiresAt > now;
}
