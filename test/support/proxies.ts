/** nginx and HAProxy with the examples as they are, but for ports, names and places of files. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newFolder } from './folders.ts';

const NGINX = '/usr/sbin/nginx';
const HAPROXY = '/usr/sbin/haproxy';
export const nginxInstalled = () => existsSync(NGINX);
export const haproxyInstalled = () => existsSync(HAPROXY);

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface ProxyPlace {
  readonly tls: Certificate;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Of the instances behind it; nobody need listen there. */
  readonly behind: readonly [number, number];
}

export interface RunningProxy {
  stop(): Promise<void>;
}

export type StartProxy = (place: ProxyPlace) => Promise<RunningProxy>;

/** For `localhost`, signed by itself. */
export function certificate(): Certificate {
  const folder = newFolder('cert');
  const [cert, key] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...name, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  const made = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}

/** Every word must be there: an example that changed shall not pass by being changed no more. */
function adapted(file: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
      return text.replaceAll(from, to);
    },
    readFileSync(file, 'utf8'),
  );
}

function placeOf({ cert, key }: Certificate): string {
  const folder = newFolder('proxy');
  copyFileSync('scripts/deploy/unavailable.html', path.join(folder, 'unavailable.html'));
  writeFileSync(path.join(folder, 'tls.crt'), cert);
  writeFileSync(path.join(folder, 'tls.key'), key);
  writeFileSync(path.join(folder, 'tls.pem'), cert + key);
  return folder;
}

export const startNginx: StartProxy = async ({ tls, httpsPort, httpPort, behind }) => {
  const folder = placeOf(tls);
  const site = adapted('scripts/deploy/nginx/kapu.conf', {
    '127.0.0.1:3000': `127.0.0.1:${behind[0]}`,
    '127.0.0.1:3001': `127.0.0.1:${behind[1]}`,
    'listen 443': `listen 127.0.0.1:${httpsPort}`,
    'listen 80': `listen 127.0.0.1:${httpPort}`,
    'login.example.hu': 'localhost',
    '/etc/kapu/': `${folder}/`,
    '/etc/nginx/kapu': folder,
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const around = `${user} daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr warn; events {}`;
  writeFileSync(
    path.join(folder, 'nginx.conf'),
    `${around}\nhttp { ${temporary} access_log off;\n${site}\n}\n`,
  );
  const words = ['-p', folder, '-e', 'stderr', '-c', path.join(folder, 'nginx.conf')];
  return started(NGINX, words, { folder, port: httpsPort });
};

export const startHaproxy: StartProxy = async ({ tls, httpsPort, httpPort, behind }) => {
  const folder = placeOf(tls);
  const file = path.join(folder, 'haproxy.cfg');
  const text = adapted('scripts/deploy/haproxy/haproxy.cfg', {
    '127.0.0.1:3000': `127.0.0.1:${behind[0]}`,
    '127.0.0.1:3001': `127.0.0.1:${behind[1]}`,
    'bind :443': `bind 127.0.0.1:${httpsPort}`,
    'bind :80': `bind 127.0.0.1:${httpPort}`,
    'login.example.hu': 'localhost',
    '/etc/haproxy/': `${folder}/`,
  });
  writeFileSync(file, text);
  return started(HAPROXY, ['-db', '-f', file], { folder, port: httpsPort });
};

interface Started {
  readonly folder: string;
  readonly port: number;
}

async function started(
  program: string,
  words: readonly string[],
  { folder, port }: Started,
): Promise<RunningProxy> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => written.push(String(chunk)));
  const until = performance.now() + 45_000;
  while (!(await listens(port))) {
    if (performance.now() > until || child.exitCode !== null)
      throw new Error(`${program} did not start:\n${written.join('')}`);
    await pause(20);
  }
  return {
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
