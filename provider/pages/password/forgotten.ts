/** Forgotten password: ask for a link, open it, choose a new password, go on. The answer is the same for everybody. */
import type { PasswordLinks } from '../../flows/password-links.ts';
import { type OpenPage, openPage } from '../open/open-page.ts';
import { chosenByLink } from './by-link.ts';
import { FORGOTTEN_PATH } from './paths.ts';

export function forgottenPages(links: PasswordLinks, minLength: () => Promise<number>): OpenPage[] {
  return [
    openPage({
      path: FORGOTTEN_PATH,
      form: { username: { maxLength: 200 }, email: { maxLength: 254 } },
      show: () => ({ view: 'password/forgotten' }),
      async submit(typed, { origin }) {
        const asked = await links.request(typed, origin);
        return asked.ok ? { ok: true, goTo: `${FORGOTTEN_PATH}/sent` } : asked;
      },
    }),
    openPage({
      path: `${FORGOTTEN_PATH}/sent`,
      form: {},
      show: () => ({ view: 'password/sent', locals: { what: 'forgotten', againHref: FORGOTTEN_PATH } }),
    }),
    openPage({
      path: `${FORGOTTEN_PATH}/done`,
      form: {},
      async show({ wayBack }) {
        return { view: 'password/done', locals: { backHref: await wayBack() } };
      },
    }),
    chosenByLink(links, 'reset', minLength, () => ({
      view: 'password/dead-link',
      status: 410,
      locals: { againHref: FORGOTTEN_PATH },
    })),
  ];
}
