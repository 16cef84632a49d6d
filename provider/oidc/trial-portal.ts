/**
 * A portal inside the provider for trying clients out: it goes the way of any portal, over HTTP, as the client's
 * stand-in (`core/trial.ts`). What is under way is in memory, since it is for development only.
 */

import { createHash } from 'node:crypto';
import { TRIAL_CALLBACK_PATH, TRIAL_PATH, trialIdOf } from '../core/trial.ts';
import type { Random } from '../flows/ports.ts';
import { SESSION_END_PATH } from './account-client.ts';

export interface Tokens {
  readonly id_token: string;
  readonly access_token: string;
  readonly refresh_token?: string;
}

interface Request {
  readonly clientId: string;
  readonly verifier: string;
  readonly nonce: string;
}

export interface Trial {
  readonly clientId: string;
  readonly tokens: Tokens;
}

export type Answered<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

const MOST = 100;

export type TrialPortal = ReturnType<typeof trialPortal>;

export function trialPortal(issuer: string, random: Random) {
  const requests = new Map<string, Request>();
  const trials = new Map<string, Trial>();

  async function tokens(clientId: string, parameters: Record<string, string>): Promise<Answered<Tokens>> {
    const body = new URLSearchParams({ client_id: trialIdOf(clientId), ...parameters });
    return answered<Tokens>(await fetch(`${issuer}/token`, { method: 'POST', body }));
  }

  return {
    find: (id: string): Trial | undefined => trials.get(id),

    /** Where the browser is to go. */
    begin(clientId: string, scope: string): string {
      const [state, verifier, nonce] = [random.id(), random.id() + random.id(), random.id()];
      keep(requests, state, { clientId, verifier, nonce });
      const query = new URLSearchParams({
        client_id: trialIdOf(clientId),
        redirect_uri: `${issuer}${TRIAL_CALLBACK_PATH}`,
        response_type: 'code',
        scope,
        // Without it no refresh token is given.
        prompt: 'consent',
        state,
        nonce,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      return `/auth?${query}`;
    },

    /** Answers the id of a trial; undefined for a response that belongs to nothing under way. */
    async comeBack(response: URLSearchParams): Promise<Answered<string>> {
      const request = requests.get(response.get('state') ?? '');
      requests.delete(response.get('state') ?? '');
      const error = request ? response.get('error') : 'unknown state';
      if (!request || error !== null) return { ok: false, error: error ?? '' };
      const { clientId, verifier, nonce } = request;
      const traded = await tokens(clientId, {
        grant_type: 'authorization_code',
        code: response.get('code') ?? '',
        redirect_uri: `${issuer}${TRIAL_CALLBACK_PATH}`,
        code_verifier: verifier,
      });
      if (!traded.ok) return traded;
      if (claimsIn(traded.value.id_token).nonce !== nonce) return { ok: false, error: 'unknown nonce' };
      const id = random.id();
      keep(trials, id, { clientId, tokens: traded.value });
      return { ok: true, value: id };
    },

    async refresh(id: string): Promise<Answered<Tokens>> {
      const trial = trials.get(id);
      if (trial?.tokens.refresh_token === undefined) return { ok: false, error: 'no refresh token' };
      const { clientId, tokens: old } = trial;
      const fresh = await tokens(clientId, {
        grant_type: 'refresh_token',
        refresh_token: String(old.refresh_token),
      });
      if (fresh.ok) keep(trials, id, { clientId, tokens: { ...old, ...fresh.value } });
      return fresh;
    },

    async userInfo({ tokens: { access_token } }: Trial): Promise<Answered<object>> {
      const headers = { authorization: `Bearer ${access_token}` };
      return answered<object>(await fetch(`${issuer}/me`, { headers }));
    },

    logoutHref({ tokens: { id_token } }: Trial): string {
      const query = new URLSearchParams({
        id_token_hint: id_token,
        post_logout_redirect_uri: `${issuer}${TRIAL_PATH}`,
      });
      return `${SESSION_END_PATH}?${query}`;
    },
  };
}

/** To be looked at: it came straight from the provider (OpenID Connect Core §3.1.3.7 6). */
export function claimsIn(idToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
}

async function answered<T>(response: Response): Promise<Answered<T>> {
  const body = (await response.json()) as T & { error?: string; error_description?: string };
  if (response.ok) return { ok: true, value: body };
  return { ok: false, error: [body.error, body.error_description].filter(Boolean).join(': ') };
}

function keep<T>(entries: Map<string, T>, id: string, value: T): void {
  const [oldest] = entries.keys();
  if (entries.size >= MOST && oldest !== undefined) entries.delete(oldest);
  entries.set(id, value);
}
