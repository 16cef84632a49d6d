/** What is done to a client from its own page: each a small form, most with an optional reason. */
import { LONGEST_OVERLAP_HOURS } from '../../../core/client-secrets.ts';
import type { LogoFault } from '../../../core/logo.ts';
import type { Refusal } from '../../../core/refusal.ts';
import type { Changed } from '../../../flows/client-change.ts';
import type { Accounts } from '../../../flows/ports.ts';
import { ownLogo } from '../../own-logo.ts';
import type { Done } from '../../signed-in/signed-in-page.ts';
import { type AdminAction, adminAction, doingOf } from '../admin-page.ts';
import type { ClientPagesPorts } from './client-ports.ts';
import { CLIENTS_PATH, hrefOf } from './list.ts';
import { secretView } from './secret.ts';

const WHY = { maxLength: 500, optional: true } as const;
const NUMBER = { maxLength: 20 } as const;
const ID = { maxLength: 100 } as const;

export function clientActions(ports: ClientPagesPorts): Record<string, AdminAction> {
  const { accounts, clientApproval, clientChanges, clientLogo, clientSecrets } = ports;
  return {
    disable: adminAction({
      form: { why: WHY },
      submit: async (who, { why }, visit, { params: { id = '' } }) =>
        told(await clientChanges.disable(id, doingOf(who, visit, why)), 'client-disabled'),
    }),
    enable: adminAction({
      form: { why: WHY },
      submit: async (who, { why }, visit, { params: { id = '' } }) =>
        told(await clientChanges.enable(id, doingOf(who, visit, why)), 'client-enabled'),
    }),
    remove: adminAction({
      form: { confirm: { maxLength: 200 }, why: WHY },
      fieldOf: { 'wrong-id': 'confirm' },
      async submit(who, { confirm, why }, visit, { params: { id = '' } }) {
        if (confirm.trim() !== id) return { ok: false, because: 'wrong-id' };
        const removed = await clientChanges.remove(id, doingOf(who, visit, why));
        if (!removed.ok || removed.record.proposal) return told(removed, 'client-proposed');
        return { ok: true, notice: 'client-removed', goTo: CLIENTS_PATH };
      },
    }),
    'issue-secret': adminAction({
      form: { hours: NUMBER, revision: NUMBER, why: WHY },
      async submit(who, { hours, revision, why }, visit, { params: { id = '' } }) {
        const overlap = Math.min(LONGEST_OVERLAP_HOURS, Math.max(0, Math.floor(Number(hours)) || 0));
        const doing = { ...doingOf(who, visit, why), basedOn: Number(revision) };
        const issued = await clientSecrets.issue(id, overlap, doing);
        if (!issued.ok || !('secret' in issued)) return told(issued, 'client-saved');
        const { record, secret } = issued;
        const proposed = record.proposal?.secret !== undefined;
        const view = secretView({ metadata: record.metadata, secret, proposed }, hrefOf(id), visit);
        return { ok: true, view };
      },
    }),
    'end-secret': adminAction({
      form: { secret: NUMBER, why: WHY },
      submit: async (who, { secret, why }, visit, { params: { id = '' } }) =>
        told(await clientSecrets.end(id, Number(secret), doingOf(who, visit, why)), 'secret-ended'),
    }),
    restore: adminAction({
      form: { version: NUMBER, why: WHY },
      submit: async (who, { version, why }, visit, { params: { id = '' } }) =>
        told(await clientChanges.restore(id, Number(version), doingOf(who, visit, why)), 'client-restored'),
    }),
    owners: adminAction({
      form: { owners: { maxLength: 2000, optional: true }, revision: NUMBER, why: WHY },
      fieldOf: { 'unknown-owner': 'owners' },
      async submit(who, { owners, revision, why }, visit, { params: { id = '' } }) {
        const found = await named(accounts, owners);
        if (!found.ok) return found;
        const wanted = { state: { owners: found.ids }, basedOn: Number(revision) };
        return told(await clientChanges.edit(id, wanted, doingOf(who, visit, why)), 'client-saved');
      },
    }),
    approve: adminAction({
      form: { proposed: ID, why: WHY },
      async submit(who, { proposed, why }, visit, { params: { id = '' } }) {
        const settled = await clientApproval.approve(id, proposed, doingOf(who, visit, why));
        if (!settled.ok) return { ok: false, because: settled.because };
        return { ok: true, notice: 'client-approved', ...(settled.removed && { goTo: CLIENTS_PATH }) };
      },
    }),
    reject: adminAction({
      form: { proposed: ID, why: WHY },
      fieldOf: { 'why-missing': 'why' },
      async submit(who, { proposed, why }, visit, { params: { id = '' } }) {
        const settled = await clientApproval.reject(id, proposed, doingOf(who, visit, why.trim()));
        if (!settled.ok) return { ok: false, because: settled.because };
        return { ok: true, notice: 'client-rejected', ...(settled.removed && { goTo: CLIENTS_PATH }) };
      },
    }),
    logo: adminAction({
      upload: true,
      form: { revision: NUMBER, why: WHY },
      async submit(who, { revision, why }, visit, { params: { id = '' }, file }) {
        const logo = file
          ? ownLogo(file)
          : ({ ok: false, because: 'logo-missing' satisfies LogoFault } as const);
        if (!logo.ok) return { ...logo, field: 'file' };
        const doing = { ...doingOf(who, visit, why), basedOn: Number(revision) };
        return told(await clientLogo.put(id, logo.png, doing), 'client-saved');
      },
    }),
    'remove-logo': adminAction({
      form: { revision: NUMBER, why: WHY },
      async submit(who, { revision, why }, visit, { params: { id = '' } }) {
        const doing = { ...doingOf(who, visit, why), basedOn: Number(revision) };
        return told(await clientLogo.remove(id, doing), 'client-saved');
      },
    }),
  };
}

/** What came of a change, for the next page. */
function told(changed: Changed, notice: string): Done | Refusal {
  if (changed.ok) return { ok: true, notice: changed.record.proposal ? 'client-proposed' : notice };
  const { because } = changed;
  return { ok: false, because, ...(because === 'invalid-metadata' && { detail: changed.detail }) };
}

type Named = { readonly ok: true; readonly ids: string[] } | Refusal;

async function named(accounts: Accounts, text: string): Promise<Named> {
  const names = text.split(/\s+/).filter(Boolean);
  const found = await Promise.all(names.map((name) => accounts.findByUsername(name)));
  const unknown = names.find((_, index) => found[index]?.status !== 'active');
  if (unknown !== undefined) return { ok: false, because: 'unknown-owner', detail: unknown };
  return { ok: true, ids: [...new Set(found.flatMap((account) => (account ? [account.id] : [])))] };
}
