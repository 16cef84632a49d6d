/** Alert rules, dashboard, runbook and code speak of the same figures. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { prometheus, scrape } from '../../adapters/metrics.ts';
import {
  COUNTERS,
  type Counted,
  DURATIONS,
  FAULT_KINDS,
  GAUGES,
  type Timed,
  WORKER_DEATHS,
} from '../../provider/core/metric.ts';
import type { Because } from '../../provider/core/refusal.ts';
import { alerts, panels, ruled, seriesOf, shown } from '../support/figures.ts';
import { askedBy } from '../support/promql.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

/** Of every figure its labels, those that Prometheus adds included. The compiler holds the values to the code. */
const CATALOGUE: Readonly<Record<string, { readonly labels: readonly string[] }>> = {
  ...COUNTERS,
  ...DURATIONS,
  ...GAUGES,
};
const FROM_PROMETHEUS = ['job', 'instance', 'le'];
const kinds: readonly Counted['kapu_faults_total']['kind'][] = FAULT_KINDS;
const outcomes: readonly Counted['kapu_logins_total']['outcome'][] = ['done'];
const reasons: readonly Because[] = ['wrong-credentials', 'throttled'];
const answers: readonly Timed['kapu_request_seconds']['answer'][] = ['5xx'];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  job: ['kapu'],
  kind: kinds,
  outcome: outcomes,
  reason: reasons,
  answer: answers,
};

async function kept(): Promise<string> {
  prometheus();
  return (await scrape()).text;
}

test.each([
  ['alert rules', ruled],
  ['dashboard', shown],
])(
  'every figure in the %s is one that the code keeps, with the labels that it is asked by',
  async (_, expressions) => {
    const known = new Set(seriesOf(await kept()));
    for (const expression of expressions) {
      for (const { metric, matchers, by } of askedBy(expression)) {
        expect([metric, known.has(metric) || metric === WORKER_DEATHS.name || metric === 'up']).toEqual([
          metric,
          true,
        ]);
        const labels = CATALOGUE[metric.replace(/_(?:bucket|count|sum)$/, '')]?.labels ?? [];
        const wanted = [...by, ...matchers.map(({ label }) => label)];
        expect([metric, wanted.filter((label) => ![...labels, ...FROM_PROMETHEUS].includes(label))]).toEqual([
          metric,
          [],
        ]);
        for (const { label, values } of matchers)
          expect(VALUES[label]).toEqual(expect.arrayContaining([...values]));
      }
    }
  },
);

test.each([
  'sum(rate(kapu_logins_total[5m])',
  'sum(rate(kapu_logins_total[5m])) >',
  'kapu_logins_total{outcome}',
  'rate(kapu_logins_total[5 minutes])',
  'sum by level (kapu_logins_total)',
])('what is no expression is found out: %s', (expression) => {
  expect(() => askedBy(expression)).toThrow(expression);
});

test('what an alert waits for the first of is told as 0 before: Prometheus sees no increase in a series that is new', async () => {
  const text = await kept();
  for (const kind of kinds) expect(text).toContain(`kapu_faults_total{kind="${kind}"} 0`);
  expect(text).toMatch(/^kapu_hash_refused_total 0$/m);
  expect(text).toContain('kapu_logins_total{level="low",outcome="done"} 0');
});

test('every rule says how long, how grave, in what words, and where to read on', () => {
  expect(alerts.length).toBeGreaterThan(10);
  for (const { alert, for: lasts, labels, annotations } of alerts) {
    expect([alert, lasts]).toEqual([alert, expect.stringMatching(/^\d+[smh]$/)]);
    expect(['page', 'ticket']).toContain(labels.severity);
    expect(annotations).toEqual({
      summary: expect.stringMatching(/\S/),
      runbook: `RUNBOOK.md#${alert.toLowerCase()}`,
    });
  }
});

test('every alert has its entry in the runbook, and no entry is of an alert that is gone', () => {
  expect(all(read('RUNBOOK.md'), /^## (\w+)$/gm).toSorted()).toEqual(
    alerts.map(({ alert }) => alert).toSorted(),
  );
});

test('every figure of ours is on the dashboard, and what the runbook names there is', async () => {
  const figures = (expressions: readonly string[]) =>
    new Set(expressions.flatMap(askedBy).map(({ metric }) => metric));
  const there = [...figures(shown)].map((metric) => metric.replace(/_(?:bucket|count|sum)$/, ''));
  const ours = all(await kept(), /^# TYPE (kapu_\S+)/gm);
  expect(ours.filter((name) => !there.includes(name))).toEqual([]);
  const named = all(read('RUNBOOK.md'), /`((?:kapu|nodejs|process)_[a-z0-9_]+)`/g);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !there.includes(name))).toEqual([]);
});

test('no panel covers another, and none is empty', () => {
  const places = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
  expect(new Set(places).size).toBe(panels.length);
  expect(panels.every(({ targets }) => targets.length > 0)).toBe(true);
});
