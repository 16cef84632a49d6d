/** A client's logo: kept here, and named in its metadata. Taking it away leaves the file, which an older version may show. */
import { LOGO_PATH } from '../core/logo.ts';
import type { Changed, ClientDoing } from './client-change.ts';
import type { ClientChanges } from './client-changes.ts';
import type { Clients, Logos } from './ports.ts';

export interface ClientLogoPorts {
  readonly clients: Clients;
  readonly clientChanges: ClientChanges;
  readonly logos: Logos;
}

/** Whoever changes it says from which revision. */
type Doing = ClientDoing & { readonly basedOn: number };

export type ClientLogo = ReturnType<typeof clientLogo>;

export function clientLogo({ clients, clientChanges, logos }: ClientLogoPorts, issuer: string) {
  async function changed(id: string, logo_uri: string | undefined, doing: Doing): Promise<Changed> {
    const record = await clients.record(id);
    if (!record) return { ok: false, because: 'unknown-client' };
    const { logo_uri: _, ...others } = record.metadata;
    const metadata = { ...others, client_id: id, ...(logo_uri !== undefined && { logo_uri }) };
    return clientChanges.edit(id, { state: { metadata }, basedOn: doing.basedOn }, doing);
  }

  return {
    /** `png` is one that was made here. */
    put: async (id: string, png: Uint8Array, doing: Doing) =>
      changed(id, `${issuer}${LOGO_PATH}/${await logos.keep(png)}`, doing),
    remove: (id: string, doing: Doing) => changed(id, undefined, doing),
  };
}
