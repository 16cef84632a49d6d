/** `npm start`: provider, demo portal and demo people in one process, with nothing to configure. Not for production. */
import path from 'node:path';
import { type Env, readDemoEnv } from '../config/env.ts';
import { redisInWords } from '../config/redis.ts';
import { runUntilStopped } from '../provider/run.ts';
import { type Running, start } from '../provider/server.ts';
import { announceMail } from './demo/mail-watch.ts';
import { portalSecret, registerPeople, registerPortal } from './demo/register.ts';
import { DEMO_CLIENT_ID, DEMO_PEOPLE } from './demo-data.ts';
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

/** What each is there for. */
const ABOUT: Readonly<Record<(typeof DEMO_PEOPLE)[number]['username'], string>> = {
  anna: 'has no authenticator yet: enrols on the way',
  bela: 'has one, with the secret',
  cili: 'admin, with the secret',
  denes: 'operator at the desk, with the secret',
};

function personLine(person: (typeof DEMO_PEOPLE)[number]): string {
  const secret = 'totpSecret' in person ? ` ${person.totpSecret}` : '';
  const columns = `${person.username.padEnd(9)}  ${person.password.padEnd(21)}`;
  return `               ${columns}  ${ABOUT[person.username]}${secret}`;
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

  Console      ${env.issuer}/admin

  People       user name  password               who, and the second step
${DEMO_PEOPLE.map(personLine).join('\n')}
               Codes: npm run -s demo:code bela  (or cili, denes)

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
