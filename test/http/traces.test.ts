/** What a collector hears of a login: where the time went, and nothing of the person. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openLog } from '../../adapters/log.ts';
import { type OpenTraces, openTraces } from '../../adapters/traces.ts';
import { Citizen } from '../support/citizen.ts';
import { startKapu, type TestKapu } from '../support/kapu.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../support/logout-receiver.ts';
import { Portal } from '../support/portal.ts';

/** As OTLP/JSON has it. */
interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: SentSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

const STRANGER = { trace: 'a'.repeat(32), span: 'b'.repeat(16) };
const logged: string[] = [];
const bodies: string[] = [];
const collector = createServer((request: IncomingMessage, response) => {
  void text(request).then((body) => {
    bodies.push(body);
    response.setHeader('content-type', 'application/json').end('{}');
  });
});

let kapu: TestKapu;
let traces: OpenTraces;
let citizen: Citizen;
let receiver: LogoutReceiver;
let spans: readonly SentSpan[];
let code = '';

beforeAll(async () => {
  await once(collector.listen(0, 'localhost'), 'listening');
  const { port } = collector.address() as AddressInfo;
  const log = openLog('warn', { write: (line: string) => logged.push(line) });
  traces = openTraces(`http://localhost:${port}/`, log);
  kapu = await startKapu({ traces });
  receiver = await startLogoutReceiver();
  const portal = await Portal.join(kapu, {
    metadata: { backchannel_logout_uri: receiver.uri.replace('127.0.0.1', 'localhost') },
  });
  citizen = await Citizen.born(kapu, { enrolled: true });
  await citizen.goesTo(portal, { acr_values: kapu.env.acrValues.substantial });
  await citizen.entersPassword();
  code = citizen.code();
  await citizen.entersCode(code);
  await citizen.goesThrough();
  await kapu.sessionEnding.endAll(citizen.accountId);
  await citizen.browser.open('/forgotten-password');
  await citizen.browser.submit('/forgotten-password', {
    username: citizen.username,
    email: `${citizen.username}@example.hu`,
  });
  await kapu.drain();
  await fetch(`${kapu.issuer}/help?of=${citizen.username}`, {
    headers: { traceparent: `00-${STRANGER.trace}-${STRANGER.span}-01` },
  });
  await fetch(`${kapu.issuer}/contact`, { headers: { traceparent: `00-${'0'.repeat(32)}-x-01` } });
  await traces.stop();
  spans = bodies.flatMap((body) =>
    (JSON.parse(body) as Sent).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((one) => one.spans),
    ),
  );
});
afterAll(async () => {
  await kapu.stop();
  await receiver.stop();
  collector.close();
});

const named = (name: string) => spans.filter((span) => span.name === name);

/** Numbers of the tracing itself: among so many random digits, six of a code stand by chance. */
const OF_TRACING = /^(?:traceId|spanId|parentSpanId|\w*TimeUnixNano)$/;

/** All that was sent but those: resources, scopes, and of each span its name, attributes, events, links and status. */
function told(): string {
  return bodies
    .map((body) =>
      JSON.stringify(JSON.parse(body), (key, value) => (OF_TRACING.test(key) ? undefined : value)),
    )
    .join('')
    .replaceAll('/interaction/:uid', '');
}

function above({ parentSpanId }: SentSpan): string | undefined {
  return spans.find(({ spanId }) => spanId === parentSpanId)?.name;
}

it('names the routes of a login, and below them the store and the hashing', () => {
  expect(bodies.join('')).toContain('"service.name"');
  expect(named('GET /auth')).toHaveLength(1);
  const [posted] = named('POST /interaction/:uid/:step');
  expect(posted?.attributes).toEqual(
    expect.arrayContaining([
      { key: 'http.response.status_code', value: { intValue: 303 } },
      { key: 'kapu.step', value: { stringValue: 'password' } },
    ]),
  );
  const [verified] = named('password verify');
  expect(verified && above(verified)).toBe('POST /interaction/:uid/:step');
  expect(verified?.traceId).toBe(posted?.traceId);
  const stored = named('store get').filter((span) => above(span) === 'GET /auth');
  expect(stored.length).toBeGreaterThan(0);
});

it('each try to deliver a letter is a trace by itself, with what is asked for it below', () => {
  for (const [name, letter] of [
    ['deliver mail', 'password-reset'],
    ['deliver logout', 'logout'],
  ]) {
    const [tried] = named(String(name));
    expect(tried?.parentSpanId ?? '').toBe('');
    expect(tried?.attributes).toEqual(
      expect.arrayContaining([
        { key: 'kapu.letter', value: { stringValue: letter } },
        { key: 'kapu.attempt', value: { intValue: 1 } },
        { key: 'kapu.outcome', value: { stringValue: 'delivered' } },
      ]),
    );
  }
  const [posted] = named('outgoing POST');
  expect(posted && above(posted)).toBe('deliver logout');
});

it('a stranger’s trace is pointed at and never gone on with', () => {
  const [help] = named('GET /help');
  expect(help?.links).toMatchObject([{ traceId: STRANGER.trace, spanId: STRANGER.span }]);
  expect(help?.traceId).not.toBe(STRANGER.trace);
  expect(help?.parentSpanId ?? '').toBe('');
  expect(named('GET /contact')[0]?.links ?? []).toEqual([]);
});

it('tells nothing of the person: no name, password, code, secret, address of a page or of the network', () => {
  const sent = told();
  expect(sent).toContain('password-reset');
  const { username, password, secret = '', accountId } = citizen;
  for (const word of [
    username,
    password,
    secret,
    code,
    accountId,
    'example.hu',
    '127.0.0.1',
    '::1',
    '/interaction/',
  ])
    expect([word, sent.includes(word)]).toEqual([word, false]);
});

it('a collector that is not there holds up nobody, and is told in the log', async () => {
  const lost = openTraces(
    'http://localhost:1',
    openLog('warn', { write: (line: string) => logged.push(line) }),
  );
  expect(await lost.within({ name: 'x', kind: 'work' }, async () => 'done')).toBe('done');
  await lost.stop();
  expect(logged.join('')).toContain('"traces"');
});
