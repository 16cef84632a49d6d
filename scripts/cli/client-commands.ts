/** `client add`, `client list`, `client show`, `client remove`. A secret is seen once, when it is made. */
import { storedClients } from '../../adapters/clients.ts';
import type { ClientMetadata } from '../../provider/core/client.ts';
import { type Answer, lines, Problem, table } from './answer.ts';
import { withKapu, withStore } from './opened.ts';

export async function addClient({ file }: { file: string }): Promise<Answer> {
  const { clientFrom } = await import('./client-input.ts');
  const { metadata: wanted, ignored } = await clientFrom(file);
  const registered = await withKapu((kapu) => kapu.registerClient(wanted));
  if (!registered.ok) {
    const taken = registered.because === 'client-id-taken';
    throw new Problem(
      registered.because,
      taken ? 'a client with this client_id exists' : (registered.detail ?? 'the metadata is not valid'),
    );
  }
  const { metadata, secret } = registered;
  const credentials = {
    client_id: metadata.client_id,
    ...(secret !== undefined && { client_secret: secret }),
  };
  return {
    document: { ...shown(metadata), ...credentials, ...(ignored.length > 0 && { ignored }) },
    text: lines({ ...credentials, ignored: ignored.join(', ') }),
  };
}

export async function listClients(): Promise<Answer> {
  const clients = await withStore(({ store }) => storedClients(store).list());
  const rows = clients.map(({ client_id, client_name, redirect_uris }) => [
    client_id,
    client_name ?? '',
    redirect_uris?.join(' ') ?? '',
  ]);
  return {
    document: clients.map(shown),
    text: clients.length === 0 ? 'No clients.' : table([['CLIENT ID', 'NAME', 'REDIRECT URIS'], ...rows]),
  };
}

export async function showClient(id: string): Promise<Answer> {
  const metadata = await withStore(({ store }) => storedClients(store).find(id));
  if (!metadata) throw unknown();
  return { document: shown(metadata), text: lines(shown(metadata)) };
}

export async function removeClient(id: string): Promise<Answer> {
  const removed = await withStore(({ store }) => storedClients(store).remove(id));
  if (!removed) throw unknown();
  return { document: { client_id: id, removed: true }, text: `Removed ${id}.` };
}

const unknown = () => new Problem('unknown-client', 'there is no client with this client_id');

function shown({ client_secret: _hashed, ...metadata }: ClientMetadata) {
  return metadata;
}
