/** Clients with their stand-ins for trying them out: made when asked for, never stored. For development only. */
import { trialOf, triedBy } from '../provider/core/trial.ts';
import type { Clients } from '../provider/flows/ports.ts';

export function withTrials(clients: Clients, issuer: string): Clients {
  return {
    ...clients,
    async find(id) {
      const tried = triedBy(id);
      if (tried === undefined) return clients.find(id);
      const client = await clients.find(tried);
      return client && trialOf(client, issuer);
    },
  };
}
