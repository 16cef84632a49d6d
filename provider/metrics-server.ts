/** A listener of its own for the figures: what the public reaches never shows them. */
import { createServer, type Server } from 'node:http';
import type { Scrape } from '../adapters/metrics.ts';

/** Answers when it listens; rejects as `listen` does. */
export function serveMetrics(
  { host, port }: { readonly host: string; readonly port: number },
  scrape: () => Promise<Scrape>,
): Promise<Server> {
  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return response.writeHead(404).end();
    try {
      const { type, text } = await scrape();
      response.writeHead(200, { 'Content-Type': type }).end(text);
    } catch {
      response.writeHead(500).end();
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
