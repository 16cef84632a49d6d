/** The console's pages for clients, and those of the portals' own people. */

import type { SignedInPage } from '../../signed-in/signed-in-page.ts';
import { clientPage } from './client.ts';
import type { ClientPagesPorts, ClientPagesSettings } from './client-ports.ts';
import { createPages, editPage } from './editors.ts';
import { listPage } from './list.ts';
import { ownPages } from './own.ts';

export function clientPages(ports: ClientPagesPorts, settings: ClientPagesSettings): SignedInPage[] {
  return [
    listPage(ports.clients),
    ...createPages(ports, settings),
    editPage(ports, settings),
    clientPage(ports, settings),
    ...ownPages(ports, settings),
  ];
}
