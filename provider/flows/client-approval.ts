/** What becomes of a proposal: somebody else approves or rejects it, or its maker takes it back. */
import {
  type ApprovalFault,
  type ApprovalRule,
  approvalFault,
  canActAs,
  isSame,
} from '../core/client-approval.ts';
import {
  type ClientAct,
  type ClientRecord,
  type ClientRecordChange,
  changedClient,
  type Telling,
  telling,
  tokensEnded,
  VERSIONS_KEPT,
} from '../core/client-record.ts';
import { withNewSecret } from '../core/client-secrets.ts';
import type { Doing } from '../core/doing.ts';
import type { Clients, Clock } from './ports.ts';

export type Settled =
  | { readonly ok: true; readonly removed: boolean }
  | { readonly ok: false; readonly because: 'unknown-client' | 'why-missing' | ApprovalFault };

export type ClientApproval = ReturnType<typeof clientApproval>;

export function clientApproval(
  { clients, clock }: { readonly clients: Clients; readonly clock: Clock },
  rule: ApprovalRule,
) {
  const told = (act: ClientAct, doing: Doing) => telling(act, doing, clock.now());

  /** Ends the proposal, as one change, unless `fault` answers why not. */
  async function settle(
    id: string,
    fault: (record: ClientRecord) => ApprovalFault | undefined,
    outcome: (record: ClientRecord) => ClientRecordChange | 'removed',
    version: Telling,
  ): Promise<Settled> {
    const settled = await clients.update<Settled>(id, (record) => {
      const because = fault(record);
      if (because) return { record, result: { ok: false, because } };
      const to = outcome(record);
      const result = { ok: true, removed: to === 'removed' } as const;
      // What is removed next keeps its proposal: a crash in between leaves nothing that could be enabled.
      const change = to === 'removed' ? ({ status: 'disabled' } as const) : { ...to, proposal: undefined };
      return { ...changedClient(record, change, version), result };
    });
    if (!settled) return { ok: false, because: 'unknown-client' };
    if (settled.ok && settled.removed)
      await clients.remove(id, (last) => changedClient(last, {}, { ...version, act: 'removed' }).version);
    return settled;
  }

  /** Who was given a program's secret could else propose by it and approve by themselves. */
  async function isByOwnProgram(id: string, proposalId: string, { by }: Doing): Promise<boolean> {
    const proposal = (await clients.record(id))?.proposal;
    if (proposal?.id !== proposalId || proposal.by.kind !== 'client') return false;
    const versions = await clients.versions(proposal.by.id, { limit: VERSIONS_KEPT });
    return canActAs(
      versions.map(({ version }) => version),
      by,
    );
  }

  /** Makes the proposal `proposalId`, and no other, what the client is. */
  async function approve(id: string, proposalId: string, doing: Doing): Promise<Settled> {
    if (await isByOwnProgram(id, proposalId, doing)) return { ok: false, because: 'own-proposal' };
    const now = clock.now();
    return settle(
      id,
      (record) => approvalFault(rule, record, { proposalId, by: doing.by }),
      (record) => {
        const { proposal } = record;
        if (!proposal || proposal.kind === 'removal') return 'removed';
        const active = proposal.kind === 'registration' ? ({ status: 'active' } as const) : {};
        const { to, secret } = proposal;
        const secrets = secret && { secrets: withNewSecret(record.secrets, secret, now) };
        return { reasons: {}, ...to, ...tokensEnded(record, to, now), ...active, ...secrets };
      },
      told('approved', doing),
    );
  }

  /** Puts it aside, with the reason for whoever made it; a client that was to be registered is gone with it. */
  async function reject(id: string, proposalId: string, doing: Doing): Promise<Settled> {
    const record = await clients.record(id);
    const own = record?.proposal !== undefined && isSame(record.proposal.by, doing.by);
    if (!doing.why && !own) return { ok: false, because: 'why-missing' };
    return settle(
      id,
      ({ proposal }) => {
        if (!proposal) return 'no-proposal';
        return proposal.id === proposalId ? undefined : 'proposal-changed';
      },
      ({ proposal }) => (proposal?.kind === 'registration' ? 'removed' : {}),
      told('rejected', doing),
    );
  }

  return { approve, reject };
}
