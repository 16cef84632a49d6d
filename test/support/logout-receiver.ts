/** The back end of a portal as far as logout is concerned: it hears logout tokens, and answers as it is told to. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as jose from 'jose';

export interface Heard {
  readonly contentType: string | undefined;
  /** The parameters of the body. */
  readonly body: Readonly<Record<string, string>>;
  readonly header: jose.ProtectedHeaderParameters;
  readonly claims: jose.JWTPayload;
}

export interface LogoutReceiver {
  readonly uri: string;
  readonly heard: Heard[];
  /** A status, or `hang`: the connection is taken and nothing is said. */
  answer(how: number | 'hang'): void;
  stop(): Promise<void>;
}

export async function startLogoutReceiver(): Promise<LogoutReceiver> {
  const heard: Heard[] = [];
  let how: number | 'hang' = 200;
  const server = createServer(async (request, response) => {
    const body = Object.fromEntries(new URLSearchParams(await text(request)));
    const token = body.logout_token ?? '';
    heard.push({
      contentType: request.headers['content-type'],
      body,
      header: jose.decodeProtectedHeader(token),
      claims: jose.decodeJwt(token),
    });
    if (how === 'hang') return;
    response.writeHead(how, { 'cache-control': 'no-store', location: 'https://elsewhere.example.hu/' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/backchannel_logout`,
    heard,
    answer(next) {
      how = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
