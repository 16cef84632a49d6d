/** One service of two instances on one Redis, behind a balancer that gives each connection to the other one in turn. */
import { get } from 'node:http';
import { createServer, connect as dial } from 'node:net';
import { json } from 'node:stream/consumers';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { startKapu, type TestKapu, type TestOptions } from './kapu.ts';
import { freePort } from './ports.ts';
import { sameService } from './process.ts';

export interface Twins {
  readonly issuer: string;
  readonly instances: readonly [TestKapu, TestKapu];
  stop(): Promise<void>;
}

export async function startTwins(options: TestOptions): Promise<Twins> {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const first = await startKapu({ ...options, variables: { ...options.variables, ISSUER: issuer } });
  const variables = { ...sameService(first), ...options.variables, ISSUER: issuer };
  const second = await startKapu({ ...options, variables });
  const balancer = await balanced(port, [first.env.port, second.env.port]);
  return {
    issuer,
    instances: [first, second],
    async stop() {
      balancer.close();
      await second.stop();
      await first.stop();
    },
  };
}

/** Gives each connection to the other target in turn. */
export async function balanced(port: number, targets: readonly number[]) {
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const far = dial(targets[connections % targets.length] ?? 0, 'localhost');
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return server;
}

/** The key set as this very instance has it. */
export function keySetAt({ env, issuer }: TestKapu): Promise<JSONWebKeySet> {
  const { host } = new URL(issuer);
  return new Promise((resolve, reject) => {
    const options = { port: env.port, host: 'localhost', path: '/jwks', headers: { host } };
    get(options, (answer) => json(answer).then((set) => resolve(set as JSONWebKeySet), reject)).on(
      'error',
      reject,
    );
  });
}

/** As a portal would that has fetched this set and fetches no other. */
export async function verifiedWith(keySet: JSONWebKeySet, token: string): Promise<void> {
  await jwtVerify(token, createLocalJWKSet(keySet));
}
