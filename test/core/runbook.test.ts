/** Alert rules, dashboard, runbook and code speak of the same figures. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { prometheus, scrape } from '../../adapters/metrics.ts';
import { WORKER_DEATHS } from '../../provider/core/metric.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rules = read('config/deploy/prometheus-rules.yml');
const dashboard = read('config/deploy/grafana-dashboard.json');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

/** Names of figures, without what a histogram adds to its own. */
const figuresIn = (text: string) =>
  new Set(
    all(text, /\b((?:kapu|nodejs|process)_[a-z0-9_]+)/g).map((name) =>
      name.replace(/_(?:bucket|count|sum)$/, ''),
    ),
  );

async function kept(): Promise<Set<string>> {
  prometheus();
  const { text } = await scrape();
  return new Set([...all(text, /^# TYPE (\S+)/gm), WORKER_DEATHS.name]);
}

test.each([
  ['alert rules', rules],
  ['dashboard', dashboard],
])('every figure in the %s is one that the code keeps', async (_, text) => {
  const known = await kept();
  const named = figuresIn(text);
  expect(named.size).toBeGreaterThan(8);
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});

test('every figure of ours is on the dashboard', async () => {
  const shown = figuresIn(dashboard);
  expect([...(await kept())].filter((name) => name.startsWith('kapu_') && !shown.has(name))).toEqual([]);
});

test('every alert has its entry in the runbook, no entry is of an alert that is gone, and each leads there', () => {
  const alerts = all(rules, /- alert: (\w+)/g);
  const entries = all(read('RUNBOOK.md'), /^## (\w+)$/gm);
  expect(alerts.length).toBeGreaterThan(10);
  expect(entries.toSorted()).toEqual(alerts.toSorted());
  expect(all(rules, /runbook: RUNBOOK\.md#(\w+)/g)).toEqual(alerts.map((name) => name.toLowerCase()));
});

test('the dashboard is JSON in which no panel covers another', () => {
  const { panels } = JSON.parse(dashboard) as {
    panels: { id: number; gridPos: { x: number; y: number }; targets: { expr: string }[] }[];
  };
  const places = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
  expect(new Set(places).size).toBe(panels.length);
  expect(panels.every(({ targets }) => targets.length > 0)).toBe(true);
});
