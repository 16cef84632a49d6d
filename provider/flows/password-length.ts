/**
 * The shortest password that may be chosen. It follows the portals: where one lets people in with a password alone, that
 * has to carry more than where a code always comes after it (NIST SP 800-63B-4 §3.1.1.2).
 */
import { type AcrValues, demandedLevel } from '../core/assurance.ts';
import type { ClientRecord } from '../core/client-record.ts';
import type { Clients, Clock } from './ports.ts';

export interface PasswordLengths {
  readonly alone: number;
  readonly withCode: number;
  /** What the operator has decided; absent: it follows the portals. */
  readonly decided?: number | undefined;
}

/** How long another instance may go by what the portals accepted before. */
const KNOWN_FOR_MS = 60_000;
const PAGE = 1_000;

/** How many of the portals that are in use let people in with a password alone. */
export async function portalsAtLow(clients: Pick<Clients, 'list'>, acrValues: AcrValues): Promise<number> {
  let count = 0;
  let after: string | undefined;
  do {
    const records = await clients.list({ limit: PAGE, ...(after !== undefined && { after }) });
    count += records.filter((record) => acceptsLow(record, acrValues)).length;
    after = records.length < PAGE ? undefined : records.at(-1)?.metadata.client_id;
  } while (after !== undefined);
  return count;
}

function acceptsLow({ status, metadata }: ClientRecord, acrValues: AcrValues): boolean {
  // Nobody logs in at an interface, nor anybody real at a test client.
  if (status !== 'active' || metadata.resource_scopes || metadata.test_owners) return false;
  return demandedLevel({ floor: metadata.default_acr_values ?? [], voluntary: [] }, acrValues) === 'low';
}

/** Characters; as the portals stood a minute ago at most. */
export function passwordLength(
  { clients, clock }: { readonly clients: Pick<Clients, 'list'>; readonly clock: Clock },
  acrValues: AcrValues,
  { alone, withCode, decided }: PasswordLengths,
): () => Promise<number> {
  let known: { readonly length: number; readonly until: number } | undefined;
  return async () => {
    if (decided !== undefined) return decided;
    if (!known || known.until <= clock.now()) {
      const length = (await portalsAtLow(clients, acrValues)) > 0 ? alone : withCode;
      known = { length, until: clock.now() + KNOWN_FOR_MS };
    }
    return known.length;
  };
}
