/** The page behind a mailed link: it shows the form for as long as the link counts, and spends it when that is sent. */
import type { LinkPurpose } from '../../core/password-link.ts';
import type { PasswordLinks } from '../../flows/password-links.ts';
import { type OpenPage, openPage } from '../open/open-page.ts';
import { NEW_PASSWORD, NEW_PASSWORD_FAULTS } from './new-password.ts';
import { LINK_PATHS } from './paths.ts';

/** `dead` is what is shown once the link is spent, replaced, too old, or never was. */
export function chosenByLink(
  links: PasswordLinks,
  purpose: LinkPurpose,
  minLength: () => Promise<number>,
  dead: OpenPage['show'],
): OpenPage {
  const path = LINK_PATHS[purpose];
  return openPage({
    path: `${path}/:token`,
    form: { new_password: NEW_PASSWORD },
    fieldOf: NEW_PASSWORD_FAULTS,
    async show(visit) {
      const account = await links.open(purpose, visit.params.token ?? '');
      if (!account) return dead(visit);
      const locals = { purpose, username: account.username, minLength: await minLength() };
      return { view: 'password/new', locals };
    },
    async submit({ new_password }, { params, origin }) {
      const chosen = await links.choose(purpose, params.token ?? '', new_password, origin);
      return chosen.ok ? { ok: true, goTo: `${path}/done` } : chosen;
    },
  });
}
