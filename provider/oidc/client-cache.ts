/**
 * Clients as the library made them of their metadata, kept for a moment: making one costs a read, a hash and a validation,
 * and every request needs it several times. The library's own cache saves the validation alone, and for few clients.
 */
import type Provider from 'oidc-provider';
import type { Clock } from '../flows/ports.ts';

export interface ClientCachePorts {
  readonly clock: Clock;
  /** Hears of a client that was changed, disabled or removed, on whichever instance. */
  readonly onClientChange: (listener: (clientId: string) => void) => void;
}

/** A change whose notice got lost is seen after so long all the same. */
const KEPT_MS = 1_000;
const MOST = 10_000;

type Client = Awaited<ReturnType<Provider['Client']['find']>>;

interface Kept {
  readonly client: Client;
  readonly until: number;
}

export function cacheClients(provider: Provider, { clock, onClientChange }: ClientCachePorts): void {
  const kept = new Map<string, Kept>();
  const find = provider.Client.find.bind(provider.Client);
  onClientChange((clientId) => kept.delete(clientId));

  provider.Client.find = async (id) => {
    const now = clock.now();
    const known = kept.get(id);
    if (known && known.until > now) return known.client;
    const client = await find(id);
    // Ids that nobody has are a stranger's to make up: they take no room.
    if (client) keep(id, { client, until: now + KEPT_MS });
    else kept.delete(id);
    return client;
  };

  function keep(id: string, entry: Kept): void {
    const [oldest] = kept.keys();
    if (kept.size >= MOST && oldest !== undefined) kept.delete(oldest);
    kept.set(id, entry);
  }
}
