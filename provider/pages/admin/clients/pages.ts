/** The console's pages for clients, and those of the portals' own people. */
import type { AcrValues } from '../../../core/assurance.ts';
import type { ClientApproval } from '../../../flows/client-approval.ts';
import type { ClientChanges } from '../../../flows/client-changes.ts';
import type { ClientRegistration } from '../../../flows/clients.ts';
import type { OwnClients } from '../../../flows/own-clients.ts';
import type { Accounts, Clients, Clock, Logos, OutgoingFetch, Random } from '../../../flows/ports.ts';
import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { clientPage } from './client.ts';
import { createPages, editPage } from './editors.ts';
import { listPage } from './list.ts';
import { ownPages } from './own.ts';

export interface ClientPagesPorts {
  readonly accounts: Accounts;
  readonly clients: Clients;
  readonly clientApproval: ClientApproval;
  readonly clientChanges: ClientChanges;
  readonly clock: Clock;
  readonly logos: Logos;
  readonly outgoing: OutgoingFetch;
  readonly ownClients: OwnClients;
  readonly random: Random;
  readonly registerClient: ClientRegistration;
}

export interface ClientPagesSettings {
  readonly issuer: string;
  readonly acrValues: AcrValues;
  readonly production: boolean;
}

export function clientPages(ports: ClientPagesPorts, settings: ClientPagesSettings): SignedInPage[] {
  return [
    listPage(ports.clients),
    ...createPages(ports, settings),
    editPage(ports, settings),
    clientPage(ports, settings),
    ...ownPages(ports, settings),
  ];
}
