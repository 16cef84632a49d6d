/**
 * What one request asks of the store, taken together, so that it waits less often: documents that will be wanted are
 * asked for at once, what was read need not be read again before a compare-and-set, and writes that nothing in the request
 * waits for go out side by side. All of them are acknowledged before the answer leaves.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { CorruptRecord } from '../provider/flows/ports.ts';
import { handedOver, type Known } from './handed-over.ts';
import { type Entry, type Key, keyText, type Store, type StreamEntry } from './store.ts';
import { systemRandom } from './system.ts';

export interface UnitOfWork extends Store {
  /** Runs one request. Rejects, too, when something that was left for later failed. */
  within<T>(request: () => Promise<T>): Promise<T>;
  /** Begins a write that nothing else in this request depends on. Outside a request it is waited for. */
  later(write: () => Promise<unknown>): Promise<void>;
  /** Asks for documents that this request will want; each answer serves once. Outside a request nothing happens. */
  prepare(keys: readonly Key[]): void;
  /** The same for so many of the newest entries of a stream, for who will ask for just as many. */
  prepareNewest(stream: Key, limit: number): void;
  /**
   * A document as this request read it: good enough for a first try, since compare-and-set finds out when it has
   * changed. Undefined when it was not read, or was written since.
   */
  seen<T>(key: Key): { readonly entry: Entry<T> | undefined } | undefined;
  /**
   * For the request that this one's redirect leads to: what was just written, or else as this request has read it.
   * It must not be changed any more.
   */
  leave(key: Key, written?: Known): void;
  /** Leads to what this request has left; undefined where that is nothing. */
  ticket(): string | undefined;
  /** Serves this request with what was left under a ticket, if that was in this process and within a second. */
  take(ticket: string, keys: readonly Key[]): void;
}

/** One of several documents that were asked for together. */
interface Coming {
  readonly entries: Promise<readonly (Entry<unknown> | undefined)[]>;
  readonly index: number;
}

/** The newest entries of a stream. */
interface ComingEntries {
  readonly entries: Promise<StreamEntry<unknown>[]>;
  readonly limit: number;
}

/** All that a request names before it next waits for something. */
interface Gathering extends Pick<Coming, 'entries'> {
  readonly keys: Key[];
}

interface Request {
  /** Work in the background outlives its request and goes its own way from then on. */
  over: boolean;
  gathering?: Gathering | undefined;
  readonly coming: Map<string, Coming>;
  readonly newest: Map<string, ComingEntries>;
  readonly read: Map<string, { readonly entry: Entry<unknown> | undefined }>;
  readonly underWay: Promise<unknown>[];
  ticket?: string;
}

export function unitOfWork(store: Store): UnitOfWork {
  const requests = new AsyncLocalStorage<Request>();
  const between = handedOver();

  function present(): Request | undefined {
    const request = requests.getStore();
    return request?.over ? undefined : request;
  }

  /** Asks for it together: whoever names a document knows nothing of those that others name beside it. */
  function begunGathering(request: Request): Gathering {
    const keys: Key[] = [];
    const entries = Promise.resolve().then(() => {
      request.gathering = undefined;
      return store.getMany(keys);
    });
    entries.catch(() => undefined);
    return { keys, entries };
  }

  /** What was read before a write is no longer true. */
  function forget(key: Key): void {
    const request = present();
    request?.read.delete(keyText(key));
    request?.coming.delete(keyText(key));
    if (request?.ticket !== undefined) between.take(request.ticket, key);
  }

  function get<T>(key: Key): Promise<Entry<T> | undefined> {
    const request = present();
    if (!request) return store.get<T>(key);
    const text = keyText(key);
    const coming = request.coming.get(text);
    request.coming.delete(text);
    const noted = (entry: Entry<unknown> | undefined) => {
      request.read.set(text, { entry });
      return entry as Entry<T> | undefined;
    };
    const read = () => store.get<T>(key).then(noted);
    if (!coming) return read();
    return coming.entries.then(
      (entries) => noted(entries[coming.index]),
      // Of documents that were asked for together one that can't be read says nothing of the others.
      (fault: unknown) => {
        if (fault instanceof CorruptRecord) return read();
        throw fault;
      },
    );
  }

  function range<T>(stream: Key, page: Parameters<Store['range']>[1] = {}): Promise<StreamEntry<T>[]> {
    const request = present();
    const text = keyText(stream);
    const coming = page.before === undefined ? request?.newest.get(text) : undefined;
    if (!coming || coming.limit !== page.limit) return store.range<T>(stream, page);
    request?.newest.delete(text);
    return coming.entries as Promise<StreamEntry<T>[]>;
  }

  return {
    ...store,
    get,
    range,

    commit(partition, writes) {
      for (const write of writes) {
        if ('name' in write) forget({ partition, name: write.name });
        if (write.kind === 'append') present()?.newest.delete(keyText({ partition, name: write.stream }));
      }
      return store.commit(partition, writes);
    },

    count(key, by, expiresAt) {
      forget(key);
      return store.count(key, by, expiresAt);
    },

    async within(work) {
      const request: Request = {
        over: false,
        coming: new Map(),
        newest: new Map(),
        read: new Map(),
        underWay: [],
      };
      try {
        const result = await requests.run(request, work);
        if (request.underWay.length > 0) await Promise.all(request.underWay);
        return result;
      } finally {
        request.over = true;
      }
    },

    async later(write) {
      const request = present();
      const writing = write();
      if (!request) return void (await writing);
      // Rejections are heard at the end; until then nobody may call them unhandled.
      writing.catch(() => undefined);
      request.underWay.push(writing);
    },

    prepare(keys) {
      const request = present();
      if (!request) return;
      for (const key of keys) {
        const text = keyText(key);
        if (request.coming.has(text)) continue;
        request.gathering ??= begunGathering(request);
        const { entries, keys: asked } = request.gathering;
        request.coming.set(text, { entries, index: asked.push(key) - 1 });
      }
    },

    prepareNewest(stream, limit) {
      const request = present();
      if (!request) return;
      const entries = store.range<unknown>(stream, { limit });
      entries.catch(() => undefined);
      request.newest.set(keyText(stream), { entries, limit });
    },

    seen<T>(key: Key) {
      return present()?.read.get(keyText(key)) as { entry: Entry<T> | undefined } | undefined;
    },

    leave(key, written) {
      const request = present();
      const known = written ?? request?.read.get(keyText(key));
      if (!request || !known) return;
      request.ticket ??= systemRandom.id();
      between.leave(request.ticket, key, known);
    },

    ticket: () => present()?.ticket,

    take(ticket, keys) {
      const request = present();
      for (const key of request ? keys : []) {
        const known = between.take(ticket, key);
        if (known) request?.coming.set(keyText(key), { entries: Promise.resolve([known.entry]), index: 0 });
      }
    },
  };
}
