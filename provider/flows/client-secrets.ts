/** Secrets of clients, which are made here: two at a time, while one takes the other's place. Nobody has to approve them. */
import { liveSecrets, telling } from '../core/client-record.ts';
import { HOUR_MS } from '../core/duration.ts';
import { applied, type Changed, type ClientDoing, change, unchanged } from './client-change.ts';
import { hashClientSecret, needsSecret, newSecret } from './clients.ts';
import type { Clients, Clock, Random } from './ports.ts';

export interface ClientSecretsPorts {
  readonly clients: Clients;
  readonly random: Random;
  readonly clock: Clock;
}

const AT_ONCE = 2;

export type ClientSecrets = ReturnType<typeof clientSecrets>;

export function clientSecrets({ clients, random, clock }: ClientSecretsPorts) {
  /** A new secret; the one before it works for `overlapHours` more. The new one is shown this once. */
  async function issue(id: string, overlapHours: number, doing: ClientDoing) {
    const secret = newSecret(random);
    const now = clock.now();
    const issued = await change(
      clients,
      id,
      (record) => {
        if (!needsSecret(record.metadata)) return unchanged(record, { ok: false, because: 'no-secret' });
        const endsAt = now + overlapHours * HOUR_MS;
        const before = liveSecrets(record.secrets, now).slice(1 - AT_ONCE);
        const ending = before.map((one) => ({ ...one, endsAt: Math.min(one.endsAt ?? endsAt, endsAt) }));
        const secrets = [...ending, { hash: hashClientSecret(secret), createdAt: now }];
        return applied(record, { secrets }, telling('secret-issued', doing, now));
      },
      doing.basedOn,
    );
    return issued.ok ? { ...issued, secret } : issued;
  }

  /** Ends one of two secrets at once; `createdAt` says which. */
  function end(id: string, createdAt: number, doing: ClientDoing): Promise<Changed> {
    const now = clock.now();
    return change(
      clients,
      id,
      (record) => {
        const left = liveSecrets(record.secrets, now).filter((secret) => secret.createdAt !== createdAt);
        if (left.length === 0) return unchanged(record, { ok: false, because: 'last-secret' });
        return applied(record, { secrets: left }, telling('secret-ended', doing, now));
      },
      doing.basedOn,
    );
  }

  return { issue, end };
}
