/** Where oidc-provider looks first and writes then, or knows no better: what we put in place of it. */
import { timingSafeEqual } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import type { ClientMetadata } from '../core/client.ts';
import { liveSecrets } from '../core/client-record.ts';
import { hashClientSecret } from '../flows/clients.ts';
import type { Clock } from '../flows/ports.ts';

export interface RepairPorts {
  /** Ends a session with all that hangs on it, so that no request in flight brings it back. */
  readonly endSession: (uid: string) => Promise<void>;
  /** False when the identifier was used before; `expiresAt` in milliseconds. Atomic. */
  readonly firstUse: (id: string, expiresAt: number) => Promise<boolean>;
  readonly clock: Clock;
}

/** Under concurrency both lookers would win. */
export function closeRaces(provider: Provider, { endSession, firstUse }: RepairPorts): void {
  Object.assign(provider.ReplayDetection, {
    // Hashed where it is stored, as every id is.
    unique: (iss: string, jti: string, exp: number) => firstUse(`${iss}\u0000${jti}`, exp * 1000),
  });
  provider.Session.prototype.destroy = async function end() {
    await endSession(this.uid);
    Object.assign(this, { destroyed: true });
  };
}

/**
 * A session is somebody's. The library keeps one for whoever asks to leave without one, and gives them its signed cookie:
 * a stranger could fill the store with these, and pass for one who had logged in.
 */
export function keepNobodysSession(provider: Provider): void {
  Object.defineProperty(provider.Session.prototype, 'destroyed', {
    get(this: Session) {
      return this.accountId === undefined;
    },
    set(this: Session, value: boolean) {
      Object.defineProperty(this, 'destroyed', { value });
    },
  });
}

/** Client secrets are stored hashed, so the presented one is hashed before it is compared; two may be live. */
export function compareHashedSecrets(provider: Provider, { clock }: Pick<RepairPorts, 'clock'>): void {
  provider.Client.prototype.compareClientSecret = function compare(presented: string) {
    const hashed = Buffer.from(hashClientSecret(presented));
    const { client_secrets: several } = this as { client_secrets?: ClientMetadata['client_secrets'] };
    const live = several && liveSecrets(several, clock.now());
    const stored = live?.map(({ hash }) => hash) ?? [this.clientSecret ?? ''];
    return stored.some((hash) => hash.length === hashed.length && timingSafeEqual(Buffer.from(hash), hashed));
  };
}

/** A client that was disabled begins anew: what it was given before is as good as revoked. */
export function forgetOldGrants(provider: Provider): void {
  const find = provider.Grant.find.bind(provider.Grant) as (
    ...given: unknown[]
  ) => Promise<Grant | undefined>;
  async function findCurrent(...given: unknown[]): Promise<Grant | undefined> {
    const grant = await find(...given);
    const client = grant?.clientId === undefined ? undefined : await provider.Client.find(grant.clientId);
    const since = client?.grants_since;
    return typeof since === 'number' && Number(grant?.iat) * 1000 < since ? undefined : grant;
  }
  Object.assign(provider.Grant, { find: findCurrent });
}

type Grant = InstanceType<Provider['Grant']>;
type Session = InstanceType<Provider['Session']>;
