/**
 * A lost second factor, removed by the desk: asked for after an identity check in person, confirmed by a second member
 * of staff, told to the person, who can stop it, and then carried out. The rules are `core/factor-reset.ts`.
 */
import { createHash } from 'node:crypto';
import type { Account } from '../../core/account.ts';
import { switchOff } from '../../core/authenticators.ts';
import type { Doing } from '../../core/doing.ts';
import type { Origin } from '../../core/event.ts';
import {
  askingRefusal,
  confirmingRefusal,
  openReset,
  PROPOSAL_MS,
  resetDue,
  withoutReset,
} from '../../core/factor-reset.ts';
import { type DocumentType, documentEnding, type FactorReset } from '../../core/factor-reset-record.ts';
import { type Result, refuse } from '../../core/refusal.ts';
import type { ChangeFactors } from '../factor-change.ts';
import type { Accounts, Clock, DueAccounts, Log, Mailer, Random } from '../ports.ts';
import type { Handled, Handling, Hindrance } from './handling.ts';

export interface FactorResetPorts {
  readonly accounts: Accounts;
  readonly factorResets: DueAccounts;
  readonly handling: Handling;
  readonly changeFactors: ChangeFactors;
  readonly mailer: Mailer;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
}

export interface FactorResetSettings {
  /** Whether a second member of staff has to confirm. */
  readonly fourEyes: boolean;
  /** How long the person can object, in milliseconds; 0: it is carried out at once. */
  readonly objectionMs: number;
  /** The address of the page by which the person objects. */
  readonly objectHref: (token: string) => string;
}

const TOKEN_BYTES = 32;
const SWEEP = 100;
const PENDING_SHOWN = 100;

export type FactorResets = ReturnType<typeof factorResets>;

export function factorResets(
  ports: FactorResetPorts,
  { fourEyes, objectionMs, objectHref }: FactorResetSettings,
) {
  const { accounts, factorResets: due, handling, changeFactors, mailer, random, clock, log } = ports;

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

  /** Nothing is carried out before the mail is sure to be sent: `told` is written after it was taken over. */
  async function tell(account: Account, until: number): Promise<void> {
    const token = `${account.id}.${Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')}`;
    const objectionHash = hashOf(token);
    const at = clock.now();
    const marked = (told: boolean) =>
      accounts.update(account.id, (current) => {
        const { factorReset } = current;
        const confirmed = factorReset?.confirmed;
        const ours = confirmed && (!told || confirmed.objectionHash === objectionHash);
        if (!factorReset || !ours) return { account: current, result: false };
        const next = { ...factorReset, confirmed: { ...confirmed, objectionHash, until, told } };
        return { account: { ...current, factorReset: next }, result: true };
      });
    if (!(await marked(false))) return;
    const facts = { link: objectHref(token), until };
    await mailer.post({ kind: 'reset-by-desk', account, at, facts });
    await marked(true);
  }

  /** By any member of staff, as long as it is not carried out. */
  function withdraw(accountId: string, id: string, doing: Doing): Promise<Handled> {
    return handling.change(accountId, doing, (account, at) =>
      openReset(account, at)?.id === id
        ? { account: withoutReset(account), events: [{ kind: 'factor-reset-withdrawn' }] }
        : refuse('reset-gone'),
    );
  }

  /** The person, by the mail's link: whoever stood at the desk was not them. */
  function object(token: string, origin: Origin): Promise<Result> {
    const [accountId = ''] = token.split('.');
    const hash = hashOf(token);
    return stop(accountId, origin, ({ confirmed }) => confirmed?.objectionHash === hash);
  }

  /** The person, logged in. */
  function objectSignedIn({ id }: Account, origin: Origin): Promise<Result> {
    return stop(id, origin, () => true);
  }

  async function stop(
    accountId: string,
    origin: Origin,
    theirs: (reset: FactorReset) => boolean,
  ): Promise<Result> {
    const at = clock.now();
    const stopped = await accounts.update(accountId, (current) => {
      const reset = openReset(current, at);
      if (!reset || !theirs(reset)) return { account: current, result: false };
      const events = [{ kind: 'factor-reset-objected', at, ...origin } as const];
      return { account: withoutReset(current), events, result: true };
    });
    if (!stopped) return refuse('dead-link');
    log.warn({ accountId }, 'a person objected to the removal of their second factor by the desk');
    return { ok: true };
  }

  /** Any instance may call it at any time: each account is taken up by one of them. */
  async function carryOutDue(): Promise<void> {
    for (const { accountId, at } of await due.takeDue(SWEEP)) await carryOut(accountId, at);
  }

  async function carryOut(accountId: string, dueAt: number): Promise<void> {
    const account = await accounts.find(accountId);
    const reset = account?.factorReset;
    const at = clock.now();
    if (account && reset?.confirmed?.told === false && reset.confirmed.until <= at) {
      const until = at + objectionMs;
      await due.add(accountId, until);
      await tell(account, until);
    }
    if (account && reset && resetDue(account, at)) await removeFactors(account, reset, at);
    await due.remove(accountId, dueAt);
  }

  async function removeFactors(
    account: Account,
    { id, confirmed, askedBy }: FactorReset,
    at: number,
  ): Promise<void> {
    const by = confirmed?.by ?? askedBy;
    const done = await changeFactors(account, {
      change: (current) =>
        current.factorReset?.id === id && resetDue(current, at)
          ? switchOff(withoutReset(current), at)
          : refuse('reset-gone'),
      events: [{ kind: 'factor-reset-done', at, by }],
      at,
      origin: { by },
      ends: { except: undefined, first: true },
    });
    if (done.ok) await mailer.post({ kind: 'reset-by-desk-done', account, at });
  }

  /** What waits for a second member of staff or for its time, the next due first. */
  async function pending(): Promise<{ readonly account: Account; readonly reset: FactorReset }[]> {
    const listed = await due.list(PENDING_SHOWN);
    const ids = [...new Set(listed.map(({ accountId }) => accountId))];
    const found = await Promise.all(ids.map((id) => accounts.find(id)));
    return found.flatMap((account) => {
      const reset = account && openReset(account, clock.now());
      return account && reset ? [{ account, reset }] : [];
    });
  }

  return { ask, confirm, withdraw, object, objectSignedIn, carryOutDue, pending };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
