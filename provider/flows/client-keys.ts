/** A portal's keys as somebody pastes them, or as its address gives them. */
import type { ClientMetadata } from '../core/client.ts';
import { type OutgoingFetch, OutgoingRefused } from './ports.ts';

export type PastedKeys =
  | { readonly ok: true; readonly jwks: ClientMetadata['jwks'] }
  | { readonly ok: false; readonly because: 'keys-malformed' | 'keys-private' };

/** RFC 7517 §5, RFC 7518 §6: members that only private and shared keys have. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Nothing pasted is no keys. A private key is refused: whoever pasted it must make another one. */
export function publicKeys(text: string): PastedKeys {
  if (text.trim() === '') return { ok: true, jwks: undefined };
  const keys = keysIn(text);
  if (!keys) return { ok: false, because: 'keys-malformed' };
  if (keys.some((key) => SECRET_MEMBERS.some((member) => Object.hasOwn(key, member))))
    return { ok: false, because: 'keys-private' };
  return { ok: true, jwks: { keys } };
}

function keysIn(text: string): readonly object[] | undefined {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    const all = Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null);
    return all ? (keys as object[]) : undefined;
  } catch {
    return undefined;
  }
}

export type FetchedKeys =
  | { readonly ok: true; readonly count: number; readonly kids: string }
  | { readonly ok: false; readonly because: OutgoingRefused['because'] | 'status' | 'no-keys' };

/** What a portal's address answers right now, for the one who registers it. */
export async function fetchKeys(outgoing: OutgoingFetch, address: string): Promise<FetchedKeys> {
  if (!URL.canParse(address)) return { ok: false, because: 'unreachable' };
  try {
    const response = await outgoing(address, { headers: { accept: 'application/json' } });
    if (response.status !== 200) return { ok: false, because: 'status' };
    const keys = keysIn(await response.text());
    if (!keys || keys.length === 0) return { ok: false, because: 'no-keys' };
    const named = keys.map((key) => ('kid' in key ? String(key.kid).slice(0, 100) : '–'));
    return { ok: true, count: keys.length, kids: named.join(', ') };
  } catch (error) {
    if (error instanceof OutgoingRefused) return { ok: false, because: error.because };
    throw error;
  }
}
