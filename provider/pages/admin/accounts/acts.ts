/** The forms on a person's page: each is one flow of the desk, with a reason if the operator gives one. */
import type { Doing } from '../../../core/doing.ts';
import { DOCUMENT_TYPES } from '../../../core/factor-reset-record.ts';
import { type Result, refuse } from '../../../core/refusal.ts';
import type { DeskAccess } from '../../../flows/desk/access.ts';
import type { FactorResets } from '../../../flows/desk/factor-reset.ts';
import { type AdminAction, adminAction, doingOf } from '../admin-page.ts';
import { WHY } from './data-form.ts';

export type AccountActs = 'unlock' | 'password-link' | 'reset' | 'end-sessions' | 'lock' | 'close';

export interface ActPorts {
  readonly deskAccess: DeskAccess;
  readonly deskResets: FactorResets;
}

/** Nobody types it: without one there is nothing to do. */
const RESET = { maxLength: 100, optional: true } as const;

export function accountActions({ deskAccess, deskResets }: ActPorts): Readonly<Record<string, AdminAction>> {
  function plain(notice: string, act: (accountId: string, doing: Doing) => Promise<Result>): AdminAction {
    return adminAction({
      form: { why: WHY },
      async submit(who, { why }, visit, { params }) {
        const done = await act(params.id ?? '', doingOf(who, visit, why));
        return done.ok ? { ok: true, notice } : done;
      },
    });
  }

  function onReset(notice: string, act: FactorResets['confirm']): AdminAction {
    return adminAction({
      form: { reset: RESET, why: WHY },
      async submit(who, { reset, why }, visit, { params }) {
        const done = await act(params.id ?? '', reset, doingOf(who, visit, why));
        return done.ok ? { ok: true, notice } : done;
      },
    });
  }

  return {
    unlock: plain('desk-unlocked', deskAccess.unlock),
    'password-link': plain('desk-link-sent', deskAccess.sendPasswordLink),
    'end-sessions': plain('desk-sessions-ended', deskAccess.endSessions),
    lock: plain('desk-locked', deskAccess.lock),
    close: plain('desk-closing', deskAccess.close),
    reset: adminAction({
      form: {
        document: { maxLength: 30, optional: true },
        ending: { maxLength: 20, optional: true },
        why: WHY,
      },
      fieldOf: { 'malformed-document': 'ending', 'choose-document': 'document' },
      async submit(who, { document, ending, why }, visit, { params }) {
        const type = DOCUMENT_TYPES.find((one) => one === document);
        if (!type) return refuse('choose-document');
        const done = await deskResets.ask(params.id ?? '', { type, ending }, doingOf(who, visit, why));
        return done.ok ? { ok: true, notice: 'desk-reset-asked' } : done;
      },
    }),
    'reset-confirm': onReset('desk-reset-confirmed', deskResets.confirm),
    'reset-withdraw': onReset('desk-reset-withdrawn', deskResets.withdraw),
  };
}
