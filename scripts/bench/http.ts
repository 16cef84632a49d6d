/** A browser for measuring: keep-alive, cookies, no redirects followed, as little work of its own as possible. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  readonly #headers: Readonly<Record<string, string>>;

  constructor(origin: string, headers: Readonly<Record<string, string>> = {}) {
    this.#origin = origin;
    this.#headers = headers;
  }

  get(href: string): Promise<Answer> {
    return this.#send('GET', href);
  }

  post(href: string, form: Readonly<Record<string, string>>, authorization?: string): Promise<Answer> {
    return this.#send('POST', href, new URLSearchParams(form).toString(), authorization);
  }

  withToken(href: string, token: string): Promise<Answer> {
    return this.#send('GET', href, undefined, `Bearer ${token}`);
  }

  #send(method: string, href: string, body?: string, authorization?: string): Promise<Answer> {
    const url = new URL(href, this.#origin);
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      ...this.#headers,
      ...(cookie && { cookie }),
      ...(body !== undefined && {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': `${Buffer.byteLength(body)}`,
      }),
      // Browsers say where a form comes from; portals have no origin.
      ...(body !== undefined && authorization === undefined && { origin: this.#origin }),
      ...(authorization && { authorization }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          this.#keep(response.headers['set-cookie']);
          const { statusCode = 0, headers: received } = response;
          resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks).toString() });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #keep(lines: readonly string[] = []): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';', 1);
      const at = pair.indexOf('=');
      const value = pair.slice(at + 1);
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), value);
    }
  }
}

/** The address that an answer sends the browser to. */
export function locationOf({ status, headers, body }: Answer): string {
  if (!headers.location) throw new Error(`no redirect but ${status}: ${textOf(body)}`);
  return headers.location;
}

function textOf(html: string): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}
