/** A program at the Admin API: gets its tokens as any OAuth client does, and speaks the interface's JSON. */
import type { AdminScope } from '../../provider/core/admin-scope.ts';
import type { TestKapu } from './kapu.ts';
import { Software } from './software.ts';

export interface Told {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Asking {
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Machine {
  readonly software: Software;
  readonly base: string;
  #token: string | undefined;

  private constructor(software: Software, base: string) {
    this.software = software;
    this.base = base;
  }

  static async join(kapu: TestKapu, scopes: readonly AdminScope[], metadata: object = {}): Promise<Machine> {
    const own = { redirect_uris: [], post_logout_redirect_uris: [], grant_types: ['client_credentials'] };
    const made = (jwks: object) => ({
      ...own,
      client_name: 'Gép',
      admin_scopes: scopes,
      ...('token_endpoint_auth_method' in metadata && { jwks }),
      ...metadata,
    });
    const software = await Software.join(kapu, made);
    return new Machine(software, `${kapu.issuer}/admin/api/v1`);
  }

  async token(scope = String((this.software.metadata.admin_scopes as string[]).join(' '))): Promise<string> {
    const { body } = await this.software.post('/token', { grant_type: 'client_credentials', scope });
    this.#token = String(body.access_token);
    return this.#token;
  }

  async ask(method: string, path: string, { json, body, headers = {} }: Asking = {}): Promise<Told> {
    const token = this.#token ?? (await this.token());
    const sent = json === undefined ? body : JSON.stringify(json);
    const response = await fetch(this.base + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent as never }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    return {
      status: response.status,
      type,
      headers: response.headers,
      body: type === 'application/x-ndjson' ? { lines: linesOf(text) } : text === '' ? {} : JSON.parse(text),
    };
  }
}

const linesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
