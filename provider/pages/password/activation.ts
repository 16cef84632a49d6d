/** The first login: a mailed link leads to the first password, and that to Ügyfélkapu+ for whoever wants it at once. */
import type { PasswordLinks } from '../../flows/password-links.ts';
import { type OpenPage, openPage } from '../open/open-page.ts';
import type { View } from '../page.ts';
import { chosenByLink } from './by-link.ts';
import { ACTIVATION_PATH } from './paths.ts';

export function activationPages(links: PasswordLinks, minLength: () => Promise<number>): OpenPage[] {
  return [
    openPage({
      path: `${ACTIVATION_PATH}/sent`,
      form: {},
      show: () => ({ view: 'password/sent', locals: { what: 'activation' } }),
    }),
    openPage({
      path: `${ACTIVATION_PATH}/done`,
      form: {},
      show: () => ({
        view: 'password/activated',
        locals: { enrolHref: '/account/plus', laterHref: '/account' },
      }),
    }),
    chosenByLink(links, 'activation', minLength, ({ path }) => renewal(`${path}/renew`)),
    openPage({
      path: `${ACTIVATION_PATH}/:token/renew`,
      form: {},
      show: ({ path }) => renewal(path),
      async submit(_, { params, origin }) {
        const asked = await links.renew(params.token ?? '', origin);
        return asked.ok ? { ok: true, goTo: `${ACTIVATION_PATH}/sent` } : asked;
      },
    }),
  ];
}

/** Says the same of an expired link and of one that never was. */
function renewal(action: string): View {
  return { view: 'password/dead-activation', form: { action } };
}
