/** A client's secret, this once: in the answer to the form that made it, in no address, cookie or store. */
import type { RegisteredClient } from '../../../flows/clients.ts';
import type { View, Visit } from '../../page.ts';

type Registered = Pick<Extract<RegisteredClient, { ok: true }>, 'secret'> & {
  readonly metadata: { readonly client_id: string };
  readonly proposed?: boolean;
};

export function secretView(
  { metadata, secret, proposed = false }: Registered,
  href: string,
  { t }: Visit,
): View {
  const title = t(secret === undefined ? 'clientSecret.registered' : 'clientSecret.title');
  return { view: 'admin/clients/secret', locals: { title, id: metadata.client_id, secret, proposed, href } };
}
