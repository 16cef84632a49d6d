/** An interaction that can't be gone on with: why, and what the person can do. Never a dead end. */
import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { SignIn } from '../../flows/sign-in.ts';
import type { Problem, Site, Way } from '../page.ts';

export interface LostPorts {
  readonly provider: Provider;
  readonly site: Site;
  readonly signIn: SignIn;
}

/** `uid` is that of the address; nothing is known of the browser that opened it. */
export async function lostInteraction(ports: LostPorts, ctx: Context, uid: string): Promise<Problem> {
  const { t } = ports.site.visit(ctx);
  const ways: Way[] = [
    { href: '/account', label: t('way.login') },
    { href: '/help', label: t('way.help') },
  ];
  const finishedFor = await ports.signIn.finishedFor(uid);
  if (finishedFor !== undefined) {
    return {
      name: 'finished',
      status: 410,
      ways: [...(await wayToPortal(ports, ctx, finishedFor)), ...ways],
    };
  }
  const interaction = await ports.provider.Interaction.find(uid);
  if (!interaction) return { name: 'expired', status: 410, ways };
  const ownCookie = ctx.cookies.get(ports.provider.cookieName('interaction')) === uid;
  return ownCookie ? { name: 'session-changed', status: 410, ways } : { name: 'foreign', status: 403, ways };
}

async function wayToPortal({ provider, site }: LostPorts, ctx: Context, clientId: string): Promise<Way[]> {
  const client = await provider.Client.find(clientId);
  const [redirectUri] = client?.redirectUris ?? [];
  const href = client?.clientUri ?? (redirectUri && new URL(redirectUri).origin);
  if (!client || !href || client.first_party === true) return [];
  return [{ href, label: site.visit(ctx).t('way.portal', { portal: client.clientName ?? client.clientId }) }];
}
