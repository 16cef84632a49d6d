/** `client add`, `client list`, `client show`, `client remove`. A secret is seen once, when it is made. */
import { systemClock } from '../../adapters/system.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { ClientMetadata } from '../../provider/core/client.ts';
import { type ClientRecord, changedClient } from '../../provider/core/client-record.ts';
import { type Answer, lines, Problem, table } from './answer.ts';
import { withClients, withKapu } from './opened.ts';

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
  const records = await withClients((clients) => clients.list({ limit: MOST }));
  const rows = records.map(({ metadata, status }) => [
    metadata.client_id,
    metadata.client_name ?? '',
    status,
    metadata.redirect_uris?.join(' ') ?? '',
  ]);
  return {
    document: records.map(shownRecord),
    text:
      records.length === 0
        ? 'No clients.'
        : table([['CLIENT ID', 'NAME', 'STATUS', 'REDIRECT URIS'], ...rows]),
  };
}

export async function showClient(id: string): Promise<Answer> {
  const record = await withClients((clients) => clients.record(id));
  if (!record) throw unknown();
  return { document: shownRecord(record), text: lines(shownRecord(record)) };
}

export async function removeClient(id: string): Promise<Answer> {
  const told = { act: 'removed', at: systemClock.now(), by: COMMAND_LINE } as const;
  const removed = await withClients((clients) =>
    clients.remove(id, (record) => changedClient(record, {}, told).version),
  );
  if (!removed) throw unknown();
  return { document: { client_id: id, removed: true }, text: `Removed ${id}.` };
}

/** More than any country has portals. */
const MOST = 10_000;

const unknown = () => new Problem('unknown-client', 'there is no client with this client_id');

function shown({ client_secret: _hashed, ...metadata }: ClientMetadata) {
  return metadata;
}

function shownRecord({ metadata, status }: ClientRecord) {
  return { ...shown(metadata), status };
}
