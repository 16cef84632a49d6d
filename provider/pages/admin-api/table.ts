/** Every operation that there is: routes, document, limits and the tests of who may do what come from this list. */
import type { Letters } from '../../flows/dead-letters.ts';
import type { FactorResets } from '../../flows/desk/factor-reset.ts';
import type { initialAccess } from '../../flows/initial-access.ts';
import type { Journal } from '../../flows/ports.ts';
import { type AccountOperationsPorts, accountOperations } from './accounts.ts';
import type { ClientExtrasPorts } from './client-extras.ts';
import { clientOperations } from './clients.ts';
import { factorResetOperations } from './factor-resets.ts';
import { initialAccessOperations } from './initial-access.ts';
import { journalOperations } from './journal.ts';
import { letterOperations } from './letters.ts';
import type { Operation } from './operation.ts';
import { type ProposalPorts, proposalOperations } from './proposals.ts';

export interface TablePorts extends ProposalPorts, AccountOperationsPorts, ClientExtrasPorts {
  readonly deskResets: FactorResets;
  readonly journal: Journal;
  readonly letters: Letters;
  readonly initialAccess: ReturnType<typeof initialAccess>;
}

export function operationsOf(ports: TablePorts): Operation[] {
  return [
    ...clientOperations(ports),
    ...proposalOperations(ports),
    ...initialAccessOperations(ports.initialAccess),
    ...accountOperations(ports),
    ...factorResetOperations(ports.deskResets),
    ...journalOperations(ports.journal),
    ...letterOperations(ports.letters),
  ];
}
