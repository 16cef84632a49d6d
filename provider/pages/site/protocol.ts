/** The pages that oidc-provider shows in the course of the protocol: its errors, leaving, and having left. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { Overloaded, StoreUnavailable } from '../../flows/ports.ts';
import { ACCOUNT_CLIENT_ID } from '../../oidc/account-client.ts';
import type { ProtocolPages } from '../../oidc/provider.ts';
import { formActionOf } from '../headers.ts';
import type { Problem, ProblemName, Site } from '../page.ts';

/** How a fault of ours is told to a person. */
export function problemOfFault(error: Error, reference: string): Problem {
  if (error instanceof StoreUnavailable)
    return { name: 'unavailable', status: 503, retryAfterMs: 5_000, reference };
  if (error instanceof Overloaded)
    return { name: 'overloaded', status: 503, retryAfterMs: 10_000, reference };
  return { name: 'server', status: 500, reference };
}

const NAME_OF_ERROR: readonly (readonly [new (...args: never[]) => Error, ProblemName])[] = [
  [errors.InvalidClient, 'invalid-client'],
  [errors.InvalidRedirectUri, 'invalid-redirect'],
  [errors.SessionNotFound, 'expired'],
];

function problemOfProtocol(error: Error & { statusCode?: number }): Problem {
  const name = NAME_OF_ERROR.find(([kind]) => error instanceof kind)?.[1] ?? 'protocol';
  return { name, status: error.statusCode ?? 400 };
}

export function protocolPages(site: Site): ProtocolPages {
  return {
    async renderError(ctx, _out, error) {
      const expected = 'expose' in error && error.expose === true;
      const reference = String(ctx.state.requestId ?? '');
      await site.problem(ctx, expected ? problemOfProtocol(error) : problemOfFault(error, reference));
    },

    async logoutSource(ctx: KoaContextWithOIDC) {
      const { session, client, params } = ctx.oidc;
      ctx.state.formAction = formActionOf(site.issuer, params?.post_logout_redirect_uri);
      const portal =
        client && client.clientId !== ACCOUNT_CLIENT_ID
          ? { name: client.clientName ?? client.clientId }
          : undefined;
      await site.show(ctx, {
        view: 'site/log-out',
        // The view's button adds `logout=yes`: whoever stays sends nothing.
        form: {
          action: ctx.oidc.urlFor('end_session_confirm'),
          hidden: { xsrf: String(session?.state?.secret) },
        },
        locals: { portal },
        signedIn: true,
      });
    },

    async postLogoutSuccessSource(ctx: KoaContextWithOIDC) {
      await site.show(ctx, { view: 'site/logged-out' });
    },
  };
}
