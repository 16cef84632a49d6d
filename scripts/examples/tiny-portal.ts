/** What the TypeScript examples share and no portal should copy: a server as small as can be, with sessions in memory. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Visit<S> {
  readonly url: URL;
  /** What was posted. */
  readonly form: URLSearchParams;
  readonly session?: S;
}

export interface Answer<S> {
  readonly status?: number;
  readonly location?: string;
  readonly heading?: string;
  /** Shown as JSON. */
  readonly facts?: object;
  readonly links?: readonly string[];
  /** A new session for this browser, in place of the one that it had; null ends that one. */
  readonly session?: S | null;
}

export type Routes<S> = Readonly<Record<string, (visit: Visit<S>) => Answer<S> | Promise<Answer<S>>>>;

export function servePortal<S>(url: string, port: number, routes: Routes<S>, sessions: Map<string, S>): void {
  const server = createServer(async (request, response) => {
    const id = /(?:^|; )portal=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const answer = await answerTo(request, url, routes, sessions.get(id));
    if (answer.session !== undefined) sessions.delete(id);
    const fresh = answer.session ? randomBytes(24).toString('base64url') : undefined;
    if (fresh !== undefined && answer.session) sessions.set(fresh, answer.session);
    response.writeHead(answer.status ?? (answer.location ? 303 : 200), {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...(answer.location && { location: answer.location }),
      ...(fresh && { 'set-cookie': `portal=${fresh}; Path=/; HttpOnly; SameSite=Lax` }),
    });
    response.end(page(answer));
  });
  server.listen(port, 'localhost', () => process.stdout.write(`${url} is ready\n`));
}

async function answerTo<S>(
  request: IncomingMessage,
  base: string,
  routes: Routes<S>,
  session: S | undefined,
): Promise<Answer<S>> {
  try {
    const url = new URL(request.url ?? '/', base);
    const form = new URLSearchParams(request.method === 'POST' ? await text(request) : '');
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route) return { status: 404, heading: 'There is no such page' };
    return await route({ url, form, ...(session && { session }) });
  } catch (error) {
    return { status: 400, heading: 'That did not work', facts: { error: String(error) } };
  }
}

function page({ heading = '', facts, links = [] }: Answer<unknown>): string {
  const escaped = (words: string) => words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<!doctype html><meta charset="utf-8"><title>Portal</title><h1>${escaped(heading)}</h1>
${facts ? `<pre>${escaped(JSON.stringify(facts, null, 2))}</pre>` : ''}
${links.map((link) => `<a href="${link}">${link.slice(1)}</a>`).join(' ')}`;
}
