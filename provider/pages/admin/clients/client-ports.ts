/** What the pages for clients need of the flows and of the outside. */
import type { AcrValues } from '../../../core/assurance.ts';
import type { ClientApproval } from '../../../flows/client-approval.ts';
import type { ClientChanges } from '../../../flows/client-changes.ts';
import type { ClientLogo } from '../../../flows/client-logo.ts';
import type { ClientSecrets } from '../../../flows/client-secrets.ts';
import type { ClientRegistration } from '../../../flows/clients.ts';
import type { OwnClients } from '../../../flows/own-clients.ts';
import type {
  Accounts,
  Clients,
  Clock,
  Logos,
  OutgoingFetch,
  Random,
  Statistics,
} from '../../../flows/ports.ts';

export interface ClientPagesPorts {
  readonly accounts: Accounts;
  readonly clients: Clients;
  readonly clientApproval: ClientApproval;
  readonly clientChanges: ClientChanges;
  readonly clientLogo: ClientLogo;
  readonly clientSecrets: ClientSecrets;
  readonly clock: Clock;
  readonly logos: Logos;
  readonly outgoing: OutgoingFetch;
  readonly ownClients: OwnClients;
  readonly random: Random;
  readonly statistics: Statistics;
  readonly registerClient: ClientRegistration;
}

export interface ClientPagesSettings {
  readonly issuer: string;
  readonly acrValues: AcrValues;
  readonly production: boolean;
}
