/**
 * A lost second factor, removed by the desk: asked for after an identity check in person, confirmed by a second member
 * of staff, told to the person, who can stop it, and then carried out. The rules are `core/factor-reset.ts`.
 */
import type { Account } from '../../core/account.ts';
import type { Doing } from '../../core/doing.ts';
import {
  askingRefusal,
  confirmingRefusal,
  openReset,
  PROPOSAL_MS,
  withoutReset,
} from '../../core/factor-reset.ts';
import { type DocumentType, documentEnding, type FactorReset } from '../../core/factor-reset-record.ts';
import { refuse } from '../../core/refusal.ts';
import { type CarryingOutPorts, type CarryingOutSettings, carryingOut } from './factor-reset-due.ts';
import { type ObjectionPorts, objecting } from './factor-reset-objection.ts';
import type { Handled, Handling, Hindrance } from './handling.ts';

export interface FactorResetPorts extends CarryingOutPorts, ObjectionPorts {
  readonly handling: Handling;
}

export interface FactorResetSettings extends CarryingOutSettings {
  /** Whether a second member of staff has to confirm. */
  readonly fourEyes: boolean;
}

const PENDING_SHOWN = 100;

export type FactorResets = ReturnType<typeof factorResets>;

export function factorResets(ports: FactorResetPorts, settings: FactorResetSettings) {
  const { fourEyes, objectionMs } = settings;
  const { accounts, factorResets: due, handling, random, clock } = ports;
  const { tell, carryOut, carryOutDue } = carryingOut(ports, settings);

  /** In the list of what is due before it is in the account: a crash leaves nothing that is never looked at. */
  async function ask(
    accountId: string,
    { type, ending: typed }: { readonly type: DocumentType; readonly ending: string },
    doing: Doing,
  ): Promise<Handled> {
    const ending = documentEnding(typed);
    if (ending === undefined) return refuse('malformed-document');
    const document = { type, ending };
    const id = random.id();
    const askedAt = clock.now();
    await due.add(accountId, askedAt + PROPOSAL_MS);
    const asked = await handling.change(accountId, doing, (account) => {
      const refusal = askingRefusal(account, askedAt);
      if (refusal) return refusal;
      const factorReset: FactorReset = { id, askedAt, askedBy: doing.by, document };
      return { account: { ...account, factorReset }, events: [{ kind: 'factor-reset-asked', document }] };
    });
    return asked.ok && !fourEyes ? confirm(accountId, id, doing) : asked;
  }

  /** `id` is that of the asking that was seen. */
  async function confirm(accountId: string, id: string, doing: Doing): Promise<Handled> {
    const until = clock.now() + objectionMs;
    await due.add(accountId, until);
    const askerHindrance = await hindranceOfAsker(accountId);
    const confirmed = await handling.change(accountId, doing, (account, at) => {
      const refusal =
        confirmingRefusal(account, { id, by: doing.by, alone: !fourEyes }, at) ??
        (askerHindrance(account) && refuse('asker-gone'));
      const reset = openReset(account, at);
      if (refusal || !reset) return refusal ?? refuse('reset-gone');
      const untold = { by: doing.by, objectionHash: '', until, told: objectionMs === 0 };
      return {
        account: { ...account, factorReset: { ...reset, confirmed: untold } },
        events: [{ kind: 'factor-reset-confirmed', document: reset.document }],
      };
    });
    if (!confirmed.ok) return confirmed;
    if (objectionMs === 0) await carryOut(accountId, until);
    else await tell(confirmed.account, until);
    return confirmed;
  }

  /** Whoever asked may have lost their office since, and this may be why. */
  async function hindranceOfAsker(accountId: string): Promise<Hindrance> {
    const asked = (await accounts.find(accountId))?.factorReset;
    return asked ? handling.hindranceFor(asked.askedBy) : () => undefined;
  }

  /** By any member of staff, as long as it is not carried out. */
  function withdraw(accountId: string, id: string, doing: Doing): Promise<Handled> {
    return handling.change(accountId, doing, (account, at) =>
      openReset(account, at)?.id === id
        ? { account: withoutReset(account), events: [{ kind: 'factor-reset-withdrawn' }] }
        : refuse('reset-gone'),
    );
  }

  /** What waits for a second member of staff or for its time, the next due first. */
  async function pending(): Promise<{ readonly account: Account; readonly reset: FactorReset }[]> {
    const listed = await due.list(PENDING_SHOWN);
    const ids = [...new Set(listed.map(({ id }) => id))];
    const found = await Promise.all(ids.map((id) => accounts.find(id)));
    return found.flatMap((account) => {
      const reset = account && openReset(account, clock.now());
      return account && reset ? [{ account, reset }] : [];
    });
  }

  return { ask, confirm, withdraw, pending, carryOutDue, ...objecting(ports) };
}
