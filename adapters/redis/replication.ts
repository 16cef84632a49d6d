/** Waiting for replicas, together: commits that came while a `WAIT` was under way go out in one go and share the next. */
import type { Client } from './client.ts';

/** Shorter than a page waits for Redis. */
const WAIT_MS = 1_500;

interface Waiting {
  /** Sends the command. */
  begin(): void;
  settle(copies: Promise<number>): void;
}

export type Replication = <T>(write: () => Promise<T>) => Promise<T>;

const ofNodes = new WeakMap<Client, Replication>();

/** Runs a write on this node's connection; resolves when `replicas` have it, rejects when that can't be said. */
export function replicationOf(node: Client, replicas: number): Replication {
  const known = ofNodes.get(node);
  if (known) return known;
  const made = replication(node, replicas);
  ofNodes.set(node, made);
  return made;
}

/**
 * `WAIT` speaks of what was written on its own connection, so it goes out in one tick with the writes and after them.
 * Were it sent after their answers, a failover in between would make it speak of nothing, and say yes.
 */
function replication(node: Client, replicas: number): Replication {
  let gathered: Waiting[] = [];
  let underWay = false;

  function send(): void {
    if (underWay || gathered.length === 0) return;
    underWay = true;
    const batch = gathered;
    gathered = [];
    for (const one of batch) one.begin();
    const copies = node.wait(replicas, WAIT_MS);
    for (const one of batch) one.settle(copies);
    const next = () => {
      underWay = false;
      send();
    };
    copies.then(next, next);
  }

  return <T>(write: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      let reply: Promise<T>;
      gathered.push({
        begin: () => {
          reply = write();
        },
        settle: (copies) =>
          void Promise.all([reply, copies]).then(([answer, count]) => {
            if (count >= replicas) resolve(answer);
            else reject(new Error(`${count} of ${replicas} replicas acknowledged the commit`));
          }, reject),
      });
      send();
    });
}
