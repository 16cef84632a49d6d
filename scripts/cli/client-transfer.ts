/**
 * `client export` and `client import`: clients from one environment to another, a line of NDJSON each. Secrets, owners and
 * uploaded logos belong to where they were made and stay there; a client that is new here gets a secret of its own.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Kapu } from '../../provider/compose.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { ClientMetadata } from '../../provider/core/client.ts';
import type { ClientRecord } from '../../provider/core/client-record.ts';
import { allClients } from '../../provider/flows/client-list.ts';
import { clientDocument, shownMetadata } from '../../provider/oidc/client-document.ts';
import { type Answer, table } from './answer.ts';
import { type Opened, withClients, withKapu } from './opened.ts';
import { type Row, rowsOf } from './rows.ts';

const lineShape = z.strictObject({
  client: z.looseObject({ client_id: z.string() }),
  test: z.boolean().default(false),
  status: z.enum(['active', 'disabled']).default('active'),
  reasons: z.record(z.string().max(200), z.string().max(2000)).optional(),
});

type Line = z.output<typeof lineShape>;

/** Whole countries have some thousand: they fit. */
export async function exportClients(): Promise<Answer> {
  const lines = await withClients(async (clients, { env }) =>
    (await allClients(clients)).map((record) => `${JSON.stringify(lineOf(record, env))}\n`),
  );
  return { document: undefined, text: lines.join('').trimEnd() };
}

function lineOf(
  { metadata, test, status, reasons }: ClientRecord,
  { issuer }: Opened['env'],
): z.input<typeof lineShape> {
  const { logo_uri, ...client } = shownMetadata(metadata);
  const logo = typeof logo_uri === 'string' && !logo_uri.startsWith(`${issuer}/`) && { logo_uri };
  return { client: { ...client, ...logo }, test, status, ...(reasons && { reasons }) };
}

interface Outcome {
  readonly client_id?: string;
  readonly outcome: 'added' | 'changed' | 'unchanged' | 'refused';
  /** Of one that was added, shown this once. */
  readonly client_secret?: string;
  /** Why it was refused, or is not enabled or disabled as the file says. */
  readonly because?: string;
}

/** As often as one likes: what is as the file says is left alone. */
export async function importClients(file: string, { why }: { readonly why?: string }): Promise<Answer> {
  const outcomes: (Outcome & { readonly line: number })[] = [];
  await withKapu(async (kapu) => {
    for await (const row of rowsOf(file, 'ndjson'))
      outcomes.push({ line: row.line, ...(await taken(row, kapu, why)) });
  });
  const rows = outcomes.map(({ line, client_id = '', outcome, client_secret, because }) => [
    `${line}`,
    client_id,
    outcome,
    [client_secret, because].filter((one) => one !== undefined).join('; '),
  ]);
  return {
    document: outcomes,
    text: table([['LINE', 'CLIENT ID', 'OUTCOME', 'SECRET, SHOWN THIS ONCE, OR REASON'], ...rows]),
    failed: outcomes.some(({ because }) => because !== undefined),
  };
}

const refused = (because: string, client_id?: string): Outcome => ({
  ...(client_id !== undefined && { client_id }),
  outcome: 'refused',
  because,
});

async function taken(row: Row, kapu: Kapu, why: string | undefined): Promise<Outcome> {
  if ('fault' in row) return refused(row.fault);
  const line = lineShape.safeParse(row.fields);
  if (!line.success) return refused(z.prettifyError(line.error).replaceAll('\n', ' '));
  const { client_id } = line.data.client;
  const read = clientDocument(line.data.client);
  if (!read.ok) return refused(read.detail, client_id);
  if (read.ignored.length > 0) return refused(`unknown: ${read.ignored.join(', ')}`, client_id);
  if (read.metadata.client_secret !== undefined) return refused('a secret is not carried over', client_id);
  const known = await kapu.clients.record(client_id);
  const doing = { by: COMMAND_LINE, ...(why !== undefined && { why }) };
  const metadata = { ...read.metadata, client_id };
  return known
    ? changed(kapu, known, { ...line.data, client: metadata }, doing)
    : added(kapu, { ...line.data, client: metadata }, doing);
}

type Wanted = Omit<Line, 'client'> & { readonly client: ClientMetadata };
type Doing = Parameters<Kapu['clientChanges']['disable']>[1];

async function added(kapu: Kapu, { client, test, status, reasons }: Wanted, doing: Doing): Promise<Outcome> {
  const { client_id } = client;
  const made = await kapu.registerClient(client, { ...doing, test, ...(reasons && { reasons }) });
  if (!made.ok) return refused(made.detail ?? made.because, client_id);
  const secret = made.secret !== undefined && { client_secret: made.secret };
  const because = status === 'disabled' && (await statusFault(kapu, client_id, status, doing));
  return { client_id, outcome: 'added', ...secret, ...(because && { because }) };
}

/** Makes it what the file says; answers why not. */
async function statusFault(kapu: Kapu, id: string, status: Line['status'], doing: Doing) {
  const { enable, disable } = kapu.clientChanges;
  const done = await (status === 'active' ? enable : disable)(id, doing);
  return done.ok ? undefined : done.because;
}

async function changed(kapu: Kapu, known: ClientRecord, wanted: Wanted, doing: Doing): Promise<Outcome> {
  const { client, test, status, reasons = {} } = wanted;
  const { client_id } = client;
  const { logo_uri } = known.metadata;
  const metadata = { ...(logo_uri !== undefined && { logo_uri }), ...client };
  const same = isDeepStrictEqual(
    [shownMetadata(metadata), test, reasons],
    [shownMetadata(known.metadata), known.test, known.reasons ?? {}],
  );
  if (same && status === known.status) return { client_id, outcome: 'unchanged' };
  const edit = { state: { metadata, test, reasons }, basedOn: known.revision };
  const edited = same ? undefined : await kapu.clientChanges.edit(client_id, edit, doing);
  if (edited && !edited.ok) return refused('detail' in edited ? edited.detail : edited.because, client_id);
  const because = status !== known.status && (await statusFault(kapu, client_id, status, doing));
  return because ? refused(because, client_id) : { client_id, outcome: 'changed' };
}
