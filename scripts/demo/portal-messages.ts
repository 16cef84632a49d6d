/** What the demo portal says when there is nothing to show: in words, with the provider's own error for programmers. */
import type { Context, Next } from 'koa';
import { AuthorizationResponseError } from 'openid-client';
import { messagePage } from './portal-pages.ts';

const failed = { hu: 'A bejelentkezés nem sikerült', en: 'You are not logged in' };

export const loggedOut = messagePage(
  { hu: 'Kijelentkezett', en: 'You are logged out' },
  { hu: 'Biztonságosan kilépett.', en: 'You have left safely.' },
);
export const noSuchPage = messagePage(
  { hu: 'Nincs ilyen oldal', en: 'No such page' },
  { hu: 'Ezen a címen nincs semmi.', en: 'There is nothing at this address.' },
);
export const staleResponse = messagePage(failed, {
  hu: 'Ez a bejelentkezés már lezárult. Kezdje újra a kezdőlapon.',
  en: 'This login is over. Please begin again.',
});

const REFUSALS: Readonly<Record<string, { hu: string; en: string }>> = {
  access_denied: { hu: 'Ön megszakította a bejelentkezést.', en: 'You cancelled.' },
  unmet_authentication_requirements: {
    hu: 'A kért azonosítási szint nem teljesült.',
    en: 'The level asked for could not be reached.',
  },
  login_required: { hu: 'Be kell jelentkeznie.', en: 'You need to log in.' },
  server_error: { hu: 'Az azonosító szolgáltatás hibát jelzett.', en: 'The login service reported a fault.' },
};
const ANY_REFUSAL = { hu: 'Próbálja meg újra.', en: 'Please try again.' };

/** Says in words what the provider refused; its own error stands below, for programmers. */
export async function errorPages(ctx: Context, next: Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    if (error instanceof AuthorizationResponseError) {
      const reason = Object.hasOwn(REFUSALS, error.error) ? REFUSALS[error.error] : undefined;
      ctx.status = error.error === 'access_denied' ? 200 : 400;
      ctx.body = messagePage(failed, reason ?? ANY_REFUSAL, errorText(error));
    } else {
      ctx.status = 502;
      ctx.body = messagePage(failed, ANY_REFUSAL, error instanceof Error ? error.message : undefined);
    }
  }
}

function errorText({ error, error_description: description }: AuthorizationResponseError): string {
  return description === undefined ? error : `${error}: ${description}`;
}
