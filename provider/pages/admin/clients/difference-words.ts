/** Differences between states of a client, with properties called as the form calls them. */
import { differences } from '../../../core/client-difference.ts';
import type { ClientDraft } from '../../../core/client-record.ts';
import type { Translate } from '../../texts.ts';

const FIELD_OF: Readonly<Record<string, string>> = {
  client_name: 'name_any',
  'client_name#hu': 'name_hu',
  'client_name#en': 'name_en',
  token_endpoint_auth_method: 'auth_method',
  default_acr_values: 'level',
  require_pushed_authorization_requests: 'par',
  dpop_bound_access_tokens: 'dpop',
};

export function differencesInWords(was: ClientDraft, is: ClientDraft, t: Translate) {
  return differences(was, is).map(({ name, ...rest }) => ({
    ...rest,
    label: t(`field.${FIELD_OF[name] ?? name.replace(':', '_').replace('#', '_')}`, { defaultValue: name }),
  }));
}
