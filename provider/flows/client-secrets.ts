/**
 * Secrets of clients, which are made here: two at a time, while one takes the other's place. Nobody has to approve them, but
 * for those of programs that reach people.
 */
import { type ApprovalRule, secretNeedsApproval } from '../core/client-approval.ts';
import { liveSecrets, telling } from '../core/client-record.ts';
import { withNewSecret } from '../core/client-secrets.ts';
import { applied, type Changed, type ClientDoing, change, suggested, unchanged } from './client-change.ts';
import { hashClientSecret, needsSecret, newSecret } from './clients.ts';
import type { Clients, Clock, Random } from './ports.ts';

export interface ClientSecretsPorts {
  readonly clients: Clients;
  readonly random: Random;
  readonly clock: Clock;
}

export type ClientSecrets = ReturnType<typeof clientSecrets>;

export function clientSecrets({ clients, random, clock }: ClientSecretsPorts, approval: ApprovalRule) {
  /** A new secret; the one before it works for `overlapHours` more. The new one is shown this once. */
  async function issue(id: string, overlapHours: number, doing: ClientDoing) {
    const secret = newSecret(random);
    const now = clock.now();
    const issued = await change(
      clients,
      id,
      (record) => {
        if (!needsSecret(record.metadata)) return unchanged(record, { ok: false, because: 'no-secret' });
        const made = { hash: hashClientSecret(secret), createdAt: now, overlapHours };
        if (secretNeedsApproval(approval, record, doing.by)) {
          const wanted = { id: random.id(), kind: 'secret', secret: made } as const;
          return suggested(record, wanted, telling('proposed', doing, now));
        }
        const secrets = withNewSecret(record.secrets, made, now);
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
