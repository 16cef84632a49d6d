/** Where oidc-provider looks first and writes then, or knows no better: what we put in place of it. */
import { timingSafeEqual } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import { hashClientSecret } from '../flows/clients.ts';

export interface RepairPorts {
  /** Ends a session with all that hangs on it, so that no request in flight brings it back. */
  readonly endSession: (uid: string) => Promise<void>;
  /** False when the identifier was used before; `expiresAt` in milliseconds. Atomic. */
  readonly firstUse: (id: string, expiresAt: number) => Promise<boolean>;
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

/** Client secrets are stored hashed, so the presented one is hashed before it is compared. */
export function compareHashedSecrets(provider: Provider): void {
  provider.Client.prototype.compareClientSecret = function compare(presented: string) {
    const hashed = Buffer.from(hashClientSecret(presented));
    const stored = Buffer.from(this.clientSecret ?? '');
    return stored.length === hashed.length && timingSafeEqual(stored, hashed);
  };
}
