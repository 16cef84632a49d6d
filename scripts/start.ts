/** `npm start`: provider, demo portal and demo people in one process, with nothing to configure. Not for production. */
import path from 'node:path';
import { type Env, readDemoEnv } from '../config/env.ts';
import { redisInWords } from '../config/redis.ts';
import { runUntilStopped } from '../provider/run.ts';
import { type Running, start } from '../provider/server.ts';
import { announceMail } from './demo/mail-watch.ts';
import { portalSecret, registerPeople, registerPortal } from './demo/register.ts';
import { ANNA, BELA, DEMO_CLIENT_ID } from './demo-data.ts';
import { type DemoPortal, startDemoPortal } from './demo-portal.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

const mailFolder = ({ dataDir }: Env) => path.join(dataDir, 'mail');

async function portalOf({ kapu, env }: Running): Promise<DemoPortal> {
  const { issuer, host, demoPortalPort: port, acrValues } = env;
  const clientSecret = portalSecret(env.dataDir);
  const portal = await startDemoPortal({
    issuer,
    host,
    port,
    clientId: DEMO_CLIENT_ID,
    clientSecret,
    acrValues,
  });
  await registerPortal(kapu, { url: portal.url, secret: clientSecret, lowAcr: acrValues.low });
  return portal;
}

function banner(env: Env, portalUrl: string): string {
  const mail = env.smtpUrl === undefined ? `a file each in ${path.resolve(mailFolder(env))}` : 'to SMTP_URL';
  const store =
    env.redis === undefined
      ? `embedded, in ${path.resolve(env.dataDir)}`
      : `Redis, ${redisInWords(env.redis)}`;
  return `
${env.serviceName} is running, as a demo.

  Provider     ${env.issuer}
  Demo portal  ${portalUrl}

  People       user name  password              second step
               ${ANNA.username.padEnd(9)}  ${ANNA.password.padEnd(20)}  none yet: enrols on the way
               ${BELA.username.padEnd(9)}  ${BELA.password.padEnd(20)}  code: npm run -s demo:code
                                                secret: ${BELA.totpSecret}

  Mail         ${mail}
  Data         ${store}
  Stop         Ctrl+C
`;
}

await runUntilStopped(async () => {
  const env = readDemoEnv();
  const running = await start(env);
  await registerPeople(running.kapu);
  const portal = await portalOf(running);
  const watcher = env.smtpUrl === undefined ? announceMail(mailFolder(env), say) : undefined;
  say(banner(env, portal.url));
  return {
    async stop() {
      watcher?.close();
      await portal.stop();
      await running.stop();
    },
  };
});
