/** What the desk does for people, at the command line: the same flows, with whoever has the server as the actor. */

import type { Kapu } from '../../provider/compose.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { Doing } from '../../provider/core/doing.ts';
import { DOCUMENT_TYPES, type DocumentType } from '../../provider/core/factor-reset-record.ts';
import type { Because, Result } from '../../provider/core/refusal.ts';
import { type Answer, Problem } from './answer.ts';
import { withKapu } from './opened.ts';

const REASONS: Readonly<Partial<Record<Because, string>>> = {
  'unknown-account': 'there is no account with this user name',
  'account-not-active': 'this account is locked or closed',
  'still-admin': 'an admin can be neither closed nor locked: take the role away first',
  'no-factor': 'this account has no device',
  'reset-under-way': 'removing the devices is under way already',
  'reset-gone': 'there is no such request: it ran out, was called off, or is done',
  'asker-gone': 'whoever asked for it is no longer in office: it has to be asked for anew',
  'own-proposal': 'somebody else has to confirm it',
  'malformed-document': 'the last 3 or 4 letters or digits of the number of the document are needed',
};

interface Typed {
  readonly why?: string;
}

type Act = (kapu: Kapu, accountId: string, doing: Doing) => Promise<Result>;

async function carriedOut(username: string, { why }: Typed, act: Act): Promise<Answer> {
  const result = await withKapu(async (kapu) => {
    const account = await kapu.accounts.findByUsername(username);
    return act(kapu, account?.id ?? '', { by: COMMAND_LINE, ...(why !== undefined && { why }) });
  });
  if (!result.ok) throw new Problem(result.because, REASONS[result.because] ?? result.because);
  return { document: { username, done: true }, text: `${username}: done` };
}

const plain =
  (act: Exclude<keyof Kapu['deskAccess'], 'endSession'>) =>
  (username: string, typed: Typed): Promise<Answer> =>
    carriedOut(username, typed, ({ deskAccess }, id, doing) => deskAccess[act](id, doing));

/** By their names on the command line. */
export const deskActs = {
  lock: plain('lock'),
  unlock: plain('unlock'),
  'end-sessions': plain('endSessions'),
  'password-link': plain('sendPasswordLink'),
  close: plain('close'),
};

/** Asks for it; somebody else confirms it where four eyes are wanted. */
export async function resetFactors(
  username: string,
  typed: Typed & { readonly document: string; readonly ending: string },
): Promise<Answer> {
  const type = DOCUMENT_TYPES.find((one): one is DocumentType => one === typed.document);
  if (!type) throw new Problem('usage', `--document must be one of ${DOCUMENT_TYPES.join(', ')}`);
  const { ending } = typed;
  return carriedOut(username, typed, ({ deskResets }, id, doing) =>
    deskResets.ask(id, { type, ending }, doing),
  );
}
