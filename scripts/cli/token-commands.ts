/** `token issue`, `token list`, `token withdraw`: leave for a portal's software to register its client (RFC 7591). */
import { storedInitialAccessTokens } from '../../adapters/initial-access-tokens.ts';
import type { Store } from '../../adapters/store.ts';
import { systemRandom } from '../../adapters/system.ts';
import { COMMAND_LINE } from '../../provider/core/actor.ts';
import type { IssuedAccess } from '../../provider/flows/ports.ts';
import { type Answer, lines, Problem, table } from './answer.ts';
import { withKapu, withStore } from './opened.ts';

export interface TokenOptions {
  readonly hosts: string;
  readonly scopes: string;
  readonly level: string;
  readonly grantTypes: string;
  readonly hours: string;
}

export async function issueToken({ level, hours, ...given }: TokenOptions): Promise<Answer> {
  if (level !== 'low' && level !== 'substantial') throw new Problem('usage', 'level: low or substantial');
  const issued = await withKapu((kapu) =>
    kapu.initialAccess.issue(
      {
        level,
        hours: Number(hours),
        hosts: listOf(given.hosts),
        scopes: listOf(given.scopes),
        grantTypes: listOf(given.grantTypes),
      },
      { by: COMMAND_LINE },
    ),
  );
  if (!issued.ok) throw new Problem('usage', issued.detail);
  const document = { token: issued.token, ...shown(issued.access) };
  return { document, text: lines(document) };
}

export async function listTokens(): Promise<Answer> {
  const tokens = (await withStore(({ store }) => tokensIn(store).list())).map(shown);
  const rows = tokens.map(({ id, level, scopes, hosts, expiresAt }) => [
    id,
    level,
    scopes.join(' '),
    hosts.join(' '),
    expiresAt,
  ]);
  return {
    document: tokens,
    text: tokens.length === 0 ? 'No tokens.' : table([['ID', 'LEVEL', 'SCOPES', 'HOSTS', 'UNTIL'], ...rows]),
  };
}

export async function withdrawToken(id: string): Promise<Answer> {
  if (!(await withKapu((kapu) => kapu.initialAccess.withdraw(id, { by: COMMAND_LINE }))))
    throw new Problem('unknown-token', 'there is no token with this id, or it was used or has expired');
  return { document: { id, withdrawn: true }, text: `Withdrew ${id}.` };
}

const tokensIn = (store: Store) => storedInitialAccessTokens(store, systemRandom);
const listOf = (text: string) => text.split(/[\s,]+/).filter(Boolean);
const iso = (at: number) => new Date(at).toISOString();

function shown({ id, agreement, issuedAt, expiresAt }: IssuedAccess) {
  return { id, ...agreement, issuedAt: iso(issuedAt), expiresAt: iso(expiresAt) };
}
