/** Ports that nobody listens on yet, each given out once. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems give out by themselves: until its owner listens, no connection of others gets one of these. */
const [LOWEST, COUNT] = [20_000, 12_000];

/** The UDP port of the same number is kept until this process ends: other processes that run tests take another one. */
async function claimed(port: number): Promise<boolean> {
  const claim = createSocket('udp4').unref();
  const free = await settled(claim.bind({ port, address: '127.0.0.1', exclusive: true }), 'listening');
  if (!free) claim.close();
  return free;
}

async function unheard(port: number, host: string): Promise<boolean> {
  const probe = createServer().listen(port, host);
  const free = await settled(probe, 'listening');
  if (free) await once(probe.close(), 'close');
  return free;
}

function settled(emitter: NodeJS.EventEmitter, event: string): Promise<boolean> {
  return once(emitter, event).then(
    () => true,
    () => false,
  );
}

export async function freePort(host = 'localhost'): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if ((await claimed(port)) && (await unheard(port, host))) return port;
  }
}
