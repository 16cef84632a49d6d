/**
 * The yardstick: oidc-provider as it comes, on its in-memory store, with the smallest login that it takes: one page with
 * one form, no password, no rule. Started by `processes.ts`, with which it speaks.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { serveMeasured } from './measured.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const REDIRECT_URI = 'https://portal.example.hu/callback';

await serveMeasured(async () => {
  const port = Number(process.argv[2]);
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    jwks: {
      keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'ES256' }] as never,
    },
    clients: [
      {
        client_id: 'bench',
        client_secret: 'bench-secret',
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    cookies: { keys: ['a key of the yardstick'] },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.hu` }) }),
    claims: { openid: ['sub'], email: ['email'] },
    features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    async loadExistingGrant(ctx) {
      const { client, session, account } = ctx.oidc;
      if (!client || !session || !account) return undefined;
      const known = session.grantIdFor(client.clientId);
      const existing = known === undefined ? undefined : await ctx.oidc.provider.Grant.find(known);
      if (existing) return existing;
      const grant = new ctx.oidc.provider.Grant({ accountId: account.accountId, clientId: client.clientId });
      grant.addOIDCScope('openid email offline_access');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    const [, uid, step] = /^\/interaction\/([\w-]+)(\/login)?$/.exec(ctx.path) ?? [];
    if (!uid) return next();
    if (!step) {
      ctx.type = 'html';
      ctx.body = `<form method="post" action="/interaction/${uid}/login"><input name="username"></form>`;
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
    const accountId = new URLSearchParams(Buffer.concat(chunks).toString()).get('username') ?? '';
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId }, consent: {} });
    ctx.respond = false;
  });
  const server: Server = provider.listen(port, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: listening } = server.address() as AddressInfo;
  return {
    relying: {
      issuer: `http://localhost:${listening}`,
      clientId: 'bench',
      clientSecret: 'bench-secret',
      redirectUri: REDIRECT_URI,
      scope: 'openid email',
    },
    people: async (count: number) =>
      Array.from({ length: count }, (_, index) => ({ username: `person${index}`, password: '' })),
    counts: () => ({}),
  };
});
