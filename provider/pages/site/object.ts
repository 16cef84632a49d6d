/**
 * `/object/:token`: the link in the mail by which a person stops the desk from removing their second factor. Mail readers open
 * links by themselves, so nothing happens before a button is pressed.
 */
import type { FactorResets } from '../../flows/desk/factor-reset.ts';
import { type OpenPage, openPage } from '../open/open-page.ts';

export const OBJECTED_PATH = '/objected';

export const objectHref = (issuer: string) => (token: string) => `${issuer}/object/${token}`;

export function objectPage(resets: Pick<FactorResets, 'object'>): OpenPage {
  return openPage({
    path: '/object/:token',
    form: {},
    show: () => ({ view: 'site/object' }),
    async submit(_values, { params, origin }) {
      const result = await resets.object(String(params.token), origin);
      return result.ok ? { ok: true, goTo: OBJECTED_PATH } : result;
    },
  });
}
