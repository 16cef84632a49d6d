/** Notices of ended sessions on their way to the portals: each portal is a lane of the outbox. */
import type { Clients, Clock, LogoutNotice, LogoutNotices } from '../provider/flows/ports.ts';
import { hashedId } from './oidc/at-rest.ts';
import type { NewJob } from './outbox/jobs.ts';

export interface LogoutNoticesOptions {
  readonly clients: Clients;
  readonly put: (job: NewJob) => Promise<void>;
  readonly clock: Clock;
  readonly giveUpAfterMs: number;
}

export function queuedLogoutNotices({
  clients,
  put,
  clock,
  giveUpAfterMs,
}: LogoutNoticesOptions): LogoutNotices {
  return {
    async post(notice: LogoutNotice) {
      const { clientId, sid } = notice;
      const client = await clients.find(clientId);
      if (client?.backchannel_logout_uri === undefined) return;
      await put({
        lane: `logout/${clientId}`,
        // Whoever ends a session that somebody else is just ending tells the portal nothing new.
        id: hashedId(sid),
        about: 'logout',
        body: notice,
        giveUpAt: clock.now() + giveUpAfterMs,
      });
    },
  };
}
