/** `/admin/tokens`: initial access tokens, by which a portal's software registers one client by itself. */
import type { InitialAccess } from '../../flows/initial-access.ts';
import { SCOPES } from '../../oidc/claims.ts';
import type { SignedInPage } from '../signed-in/signed-in-page.ts';
import { dateTime } from '../texts.ts';
import { adminAction, adminPage, doingOf } from './admin-page.ts';
import { formFields } from './clients/form-view.ts';

const PATH = '/admin/tokens';
const MARK = { maxLength: 10, optional: true } as const;
const FORM = {
  hosts: { maxLength: 2000 },
  level: { maxLength: 20 },
  scope_profile: MARK,
  scope_email: MARK,
  scope_natural_person: MARK,
  scope_offline_access: MARK,
  hours: { maxLength: 10 },
} as const;

export function tokensPage(initialAccess: InitialAccess): SignedInPage {
  return adminPage({
    path: PATH,
    for: ['admin'],
    async show(_who, { language, t }, { typed = { level: 'substantial', hours: '24' } }) {
      const tokens = await initialAccess.list();
      return {
        view: 'admin/tokens',
        locals: {
          fields: formFields(
            [
              'hosts',
              'level',
              'scope_profile',
              'scope_email',
              'scope_natural_person',
              'scope_offline_access',
              'hours',
            ],
            typed,
            t,
          ),
          tokens: tokens.map(({ id, agreement, issuedAt, expiresAt }) => ({
            id,
            ...agreement,
            issuedAt: dateTime(language, issuedAt),
            expiresAt: dateTime(language, expiresAt),
          })),
        },
      };
    },
    actions: {
      '': adminAction({
        form: FORM,
        async submit(who, values, visit) {
          const marked = SCOPES.filter((scope) =>
            Object.entries(values).some(([name, value]) => name === `scope_${scope}` && value === 'yes'),
          );
          const wanted = {
            hours: Number(values.hours),
            level: values.level === 'low' ? 'low' : 'substantial',
            hosts: values.hosts.split(/[\s,]+/).filter(Boolean),
            scopes: ['openid', ...marked],
            grantTypes: ['authorization_code', 'refresh_token'],
          } as const;
          const issued = await initialAccess.issue(wanted, doingOf(who, visit));
          if (!issued.ok) return { ok: false, because: 'invalid-agreement', detail: issued.detail };
          return {
            ok: true,
            view: {
              view: 'admin/token',
              locals: { token: issued.token, href: PATH, title: visit.t('tokens.issued') },
            },
          };
        },
      }),
      withdraw: adminAction({
        form: { token: { maxLength: 200 } },
        async submit(who, { token }, visit) {
          await initialAccess.withdraw(token, doingOf(who, visit));
          return { ok: true, notice: 'token-withdrawn' };
        },
      }),
    },
  });
}
