/** Differences between states of a client, with properties called as the form calls them. */
import { type Difference, differences } from '../../../core/client-difference.ts';
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

/** No field: it has acts of its own. */
const STATUS = 'status';

export function differencesInWords(was: ClientDraft, is: ClientDraft, t: Translate) {
  return differences(was, is).map(({ name, ...rest }) =>
    name === STATUS
      ? { ...stateInWords(rest, t), label: t('clients.state') }
      : { ...rest, label: t(`field.${fieldOf(name)}`, { defaultValue: name }) },
  );
}

const fieldOf = (name: string) => FIELD_OF[name] ?? name.replace(':', '_').replace('#', '_');

function stateInWords({ was, is }: Omit<Difference, 'name'>, t: Translate) {
  const word = (state: string) => t(`clients.stateOf.${state}`);
  return { ...(was !== undefined && { was: word(was) }), ...(is !== undefined && { is: word(is) }) };
}
