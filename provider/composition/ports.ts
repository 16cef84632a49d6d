/** Everything that the flows and oidc-provider need of the outside, over one store. */
import path from 'node:path';
import { storedAccounts } from '../../adapters/accounts.ts';
import { storedAnsweredRequests } from '../../adapters/answered-requests.ts';
import { background } from '../../adapters/background.ts';
import { chainKeys } from '../../adapters/chain.ts';
import { storedClients } from '../../adapters/clients.ts';
import { storedConsents } from '../../adapters/consents.ts';
import { storedDueList } from '../../adapters/due-list.ts';
import { withHistories } from '../../adapters/histories.ts';
import { storedHistory } from '../../adapters/history.ts';
import { storedInitialAccessTokens } from '../../adapters/initial-access-tokens.ts';
import { storedJournal } from '../../adapters/journal.ts';
import { storedLogos } from '../../adapters/logos.ts';
import { queuedLogoutNotices } from '../../adapters/logout-notices.ts';
import { queuedMailer } from '../../adapters/mailer.ts';
import { measuredStore, NO_METRICS } from '../../adapters/measured.ts';
import { oidcStorage } from '../../adapters/oidc/storage.ts';
import { storedOneTimeTokens } from '../../adapters/one-time-tokens.ts';
import { deadLettersOf } from '../../adapters/outbox/dead-letters.ts';
import { openOutbox } from '../../adapters/outbox/outbox.ts';
import { outgoing } from '../../adapters/outgoing.ts';
import { owedLetters } from '../../adapters/owed-letters.ts';
import { passwordAdviser } from '../../adapters/password-advice.ts';
import type { ClosablePasswordHasher } from '../../adapters/password-hasher.ts';
import { storedProgress } from '../../adapters/progress.ts';
import { storedRoster } from '../../adapters/roster.ts';
import { storedStatistics } from '../../adapters/statistics.ts';
import { systemRandom } from '../../adapters/system.ts';
import { storedThrottles } from '../../adapters/throttles.ts';
import { tracedHasher, tracedOutgoing, tracedStore } from '../../adapters/traced.ts';
import { withTrials } from '../../adapters/trial-clients.ts';
import { turns } from '../../adapters/turns.ts';
import { storedDrafts, storedSearches } from '../../adapters/typed.ts';
import { unitOfWork } from '../../adapters/unit-of-work.ts';
import { weakWords } from '../../adapters/weak-words.ts';
import type { Env } from '../../config/env.ts';
import { LIFETIME, LOGOUT_DELIVERY, MAIL_DELIVERY, OUTGOING, TURN_PATIENCE } from '../../config/policy.ts';
import {
  type CorruptRecord,
  type Entrance,
  faultKind,
  type Metrics,
  type Traces,
  type Turns,
} from '../flows/ports.ts';
import { boxOf, type KeysOutside } from './keys.ts';

/** What differs between a running server, the command line and a test. */
export interface Outside extends KeysOutside {
  readonly hasher: ClosablePasswordHasher;
  /** Absent: everybody may begin whom the hasher lets in. */
  readonly entranceFor?: (turns: Turns) => Entrance;
  /** Absent where nobody reads them. */
  readonly metrics?: Metrics;
  /** Absent where nobody reads them. */
  readonly traces?: Traces;
}

export type Ports = ReturnType<typeof portsOf>;

/** `root` is the folder of the project, where what is no code lies. */
export function portsOf(env: Env, outside: Outside, root: string) {
  const { clock, log, metrics = NO_METRICS, traces } = outside;
  const { engine, hasher, ask } = tracedOutside(env, outside);
  const loginTurns = turns({ patience: TURN_PATIENCE, metrics });
  const entrance = outside.entranceFor?.(loginTurns) ?? {
    busyMs: () => hasher.busyMs('entering'),
    passes: () => true,
    opens: () => true,
  };
  const alarm = (fault: CorruptRecord) => {
    log.error({ err: fault }, 'fault');
    metrics.count('kapu_faults_total', { kind: faultKind(fault) });
  };
  const store = withHistories(unitOfWork(measuredStore(engine, metrics)), chainKeys(env.secretKeys), alarm);
  const stored = storedClients(store, clock);
  const clients = env.production ? stored : withTrials(stored, env.issuer);
  const box = boxOf(env, log);
  const outbox = openOutbox({ store, secretBox: box, random: systemRandom, clock, log, metrics });
  const { put } = outbox;
  const working = background(log, metrics);
  const mailer = queuedMailer({ ...MAIL_DELIVERY, put, clock, random: systemRandom });
  const sealing = { store, secretBox: box, clock, random: systemRandom };
  const letters = owedLetters({ ...sealing, mailer, background: working });
  const wordsFile = path.join(root, 'config', 'weak-words.txt');
  const commonWords = weakWords(wordsFile);
  return {
    hasher,
    clock,
    log,
    metrics,
    traces,
    clients,
    commonWords,
    advise: passwordAdviser(wordsFile, (error) => log.error({ err: error }, 'advice on a password')),
    random: systemRandom,
    secretBox: box,
    background: working,
    accounts: storedAccounts(store, clock, { letters }),
    answeredRequests: storedAnsweredRequests(store),
    history: storedHistory(store, letters),
    initialAccessTokens: storedInitialAccessTokens(store, systemRandom),
    consents: storedConsents(store, clock),
    outgoing: ask,
    closings: storedDueList(store, clock, 'closings'),
    drafts: storedDrafts(sealing),
    entrance,
    turns: loginTurns,
    factorResets: storedDueList(store, clock, 'factor-resets'),
    journal: storedJournal(store),
    logos: storedLogos(store),
    oneTimeTokens: storedOneTimeTokens(store, systemRandom, clock),
    progress: storedProgress(store),
    roster: storedRoster(store),
    searches: storedSearches(sealing),
    statistics: storedStatistics(store, clock, working),
    throttles: storedThrottles(store, clock),
    storage: oidcStorage(store, clients, clock, longestLives(env), alarm),
    outbox,
    deadLetters: deadLettersOf(outbox),
    mailer,
    owedLetters: letters,
    logoutNotices: queuedLogoutNotices({ ...LOGOUT_DELIVERY, put, clock, clients }),
    /** One request's asking of the store, taken together. */
    within: store.within,
    ready: () => store.ping(),
  };
}

/** What is slow because somebody else is, each a span where there is a trace. */
function tracedOutside(env: Env, { store: engine, hasher, clock, log, traces }: Outside) {
  const ask = outgoing({ ...OUTGOING, allowedHosts: env.outgoingAllowedHosts, clock, log });
  if (!traces) return { engine, hasher, ask };
  return {
    engine: tracedStore(engine, traces),
    hasher: tracedHasher(hasher, traces),
    ask: tracedOutgoing(ask, traces),
  };
}

/** A grant may be topped up by every login of a session. */
function longestLives({ session }: Env) {
  const sessionMs = session.maxSeconds * 1000;
  return { session: sessionMs, grant: sessionMs + LIFETIME.grant * 1000 };
}

/** How the service speaks of itself. */
export function aboutOf({ issuer, serviceName, plusName, contact }: Env) {
  return { issuer, service: { name: serviceName, plusName }, contact };
}
