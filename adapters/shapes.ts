/**
 * Documents of the last release, of this one and of the next lie side by side in one store while instances are
 * replaced one by one. So every document says its shape (`v`, absent: 1), and two releases that follow each other
 * always understand one another: a new shape adds to the one before and takes nothing away. What is no longer of use
 * goes with a later shape, when nobody is left who reads it. ARCHITECTURE.md has the rule for whoever changes a shape.
 */
import { StoreUnavailable } from '../provider/flows/ports.ts';
import type { Entry, Key, Store, Write } from './store.ts';

type Document = Readonly<Record<string, unknown>>;

/** Makes a document of the shape before one of this shape. It may hold members of this shape already, out of date. */
type Upgrade = (document: Document) => Document;

/** Of each kind of document the steps from one shape to the next, beginning with those from 1 to 2. */
export type Upgrades = Readonly<Record<string, readonly Upgrade[]>>;

/** The kinds whose shape has changed. */
export const UPGRADES: Upgrades = {};

/** `account:<id>` and `account` are the kind `account/account`. */
export function kindOf({ partition, name }: Key): string {
  return `${partition.split(':', 1)[0]}/${name.split(':', 1)[0]}`;
}

/** The same store, with every document in today's shape. A document from further ahead than the next is a fault. */
export function shapedStore(store: Store, upgrades: Upgrades): Store {
  const stepsOf = (key: Key): readonly Upgrade[] => {
    const kind = kindOf(key);
    return Object.hasOwn(upgrades, kind) ? (upgrades[kind] ?? []) : [];
  };

  function shaped<T>(key: Key, entry: Entry<T> | undefined): Entry<T> | undefined {
    if (!entry || !isDocument(entry.value)) return entry;
    const { v = 1, ...document } = entry.value;
    return { ...entry, value: upgraded(key, document, v, stepsOf(key)) as T };
  }

  function stamped(partition: string, write: Write): Write {
    if (write.kind !== 'put' || !isDocument(write.value)) return write;
    const v = stepsOf({ partition, name: write.name }).length + 1;
    return { ...write, value: { ...write.value, v } };
  }

  return {
    ...store,
    get: <T>(key: Key) => store.get<T>(key).then((entry) => shaped(key, entry)),
    getMany: <T>(keys: readonly Key[]) =>
      store.getMany<T>(keys).then((entries) => keys.map((key, index) => shaped(key, entries[index]))),
    commit: (partition, writes) =>
      store.commit(
        partition,
        writes.map((write) => stamped(partition, write)),
      ),
  };
}

function upgraded(key: Key, document: Document, v: unknown, steps: readonly Upgrade[]): Document {
  const newest = steps.length + 1;
  if (typeof v !== 'number' || !Number.isInteger(v) || v < 1 || v > newest + 1)
    throw new StoreUnavailable(
      `${kindOf(key)} of shape ${v} was written by a release that is too far ahead; this one knows ${newest}`,
    );
  return steps.slice(v - 1).reduce((before, step) => step(before), document);
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
