/** Every operation that there is: routes, document, limits and the tests of who may do what come from this list. */

import type { initialAccess } from '../../flows/initial-access.ts';
import type { Journal } from '../../flows/ports.ts';
import { type AccountOperationsPorts, accountOperations } from './accounts.ts';
import type { ClientOperationsPorts } from './client-replies.ts';
import { clientOperations } from './clients.ts';
import { initialAccessOperations } from './initial-access.ts';
import { journalOperations } from './journal.ts';
import type { Operation } from './operation.ts';

export interface TablePorts extends ClientOperationsPorts, AccountOperationsPorts {
  readonly journal: Journal;
  readonly initialAccess: ReturnType<typeof initialAccess>;
}

export function operationsOf(ports: TablePorts): Operation[] {
  return [
    ...clientOperations(ports),
    ...initialAccessOperations(ports.initialAccess),
    ...accountOperations(ports),
    ...journalOperations(ports.journal),
  ];
}
