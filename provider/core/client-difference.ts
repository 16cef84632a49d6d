/** What differs between two states of a client, property by property, for people to read. */
import type { ClientDraft, ClientState } from './client-record.ts';

type State = ClientDraft & Partial<Pick<ClientState, 'status'>>;

export interface Difference {
  /** The property, in the order of the alphabet; of a scope's reason `reason:<scope>`. */
  readonly name: string;
  /** Lists are told line by line; absent: it is not there. */
  readonly was?: string;
  readonly is?: string;
}

export function differences(was: State, is: State): Difference[] {
  const [before, after] = [flat(was), flat(is)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    if (old === now) return [];
    return [{ name, ...(old !== undefined && { was: old }), ...(now !== undefined && { is: now }) }];
  });
}

function flat({ metadata, reasons = {}, ...rest }: State): Readonly<Record<string, string | undefined>> {
  const { client_id: _, ...told } = metadata;
  const spoken = Object.entries(reasons).map(([scope, reason]) => [`reason:${scope}`, reason]);
  const entries = Object.entries({ ...told, ...rest, ...Object.fromEntries(spoken) });
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, inWords(value)]])),
  );
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join('\n');
  return JSON.stringify(value);
}
