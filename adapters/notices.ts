/** Who listens to which topic: the part of {@link Store.onNotice} that is the same in every engine. */
import type { NoticeListener } from './store.ts';

export interface Notice {
  readonly topic: string;
  readonly message: string;
}

export function listeners() {
  const ofTopic = new Map<string, NoticeListener[]>();
  return {
    add(topic: string, listener: NoticeListener): void {
      ofTopic.set(topic, [...(ofTopic.get(topic) ?? []), listener]);
    },
    tell({ topic, message }: Notice): void {
      for (const listener of ofTopic.get(topic) ?? []) listener(message);
    },
  };
}
