/**
 * Notices among processes that have one folder open: a stream that every listening process looks at twice a second.
 * LMDB tells nobody of a commit, and files are watched differently on every file system.
 */
import { listeners, type Notice } from './notices.ts';
import type { Key, Store } from './store.ts';

export const NOTICES: Key = { partition: 'notices', name: 'notices' };
/** More than are sent between two looks. */
const KEPT = 200;
const LOOK_EVERY_MS = 500;

type Notices = Pick<Store, 'notify' | 'onNotice'> & { stop(): void };

/** `onError` hears why a look failed; the next one comes by itself. */
export function embeddedNotices(
  { commit, range }: Pick<Store, 'commit' | 'range'>,
  onError?: (error: Error) => void,
): Notices {
  const heard = listeners();
  let seen = 0;
  let starting: Promise<void> | undefined;
  let watch: NodeJS.Timeout | undefined;

  const sequenceOf = ({ id }: { id: string }) => Number(id);

  /** What was sent before somebody listened is not theirs to hear. */
  async function start(): Promise<void> {
    const [newest] = await range(NOTICES, { limit: 1 });
    seen = newest ? sequenceOf(newest) : 0;
    watch = setInterval(() => look().catch((error) => onError?.(error)), LOOK_EVERY_MS).unref();
  }

  async function look(): Promise<void> {
    await starting;
    const [newest] = await range(NOTICES, { limit: 1 });
    if (!newest || sequenceOf(newest) <= seen) return;
    const notices = await range<Notice>(NOTICES);
    // Another look may have been faster meanwhile: what counts is what has been told by now.
    const unheard = notices.filter((notice) => sequenceOf(notice) > seen).toReversed();
    seen = Math.max(seen, ...unheard.map(sequenceOf));
    for (const { value } of unheard) if (value) heard.tell(value);
  }

  return {
    async notify(topic, message) {
      const value: Notice = { topic, message };
      await commit(NOTICES.partition, [{ kind: 'append', stream: NOTICES.name, value, keep: KEPT }]);
      if (starting) await look();
    },

    async onNotice(topic, listener) {
      heard.add(topic, listener);
      starting ??= start();
      await starting;
    },

    stop: () => clearInterval(watch),
  };
}
