/** What alert rules and dashboard ask Prometheus for, and what an instance tells it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const read = (file: string) => readFileSync(new URL(`../../config/deploy/${file}`, import.meta.url), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly gridPos: { readonly x: number; readonly y: number };
  readonly targets: readonly { readonly expr: string }[];
}

const { groups } = parse(read('prometheus-rules.yml')) as {
  groups: readonly { readonly rules: readonly Rule[] }[];
};
export const alerts = groups.flatMap((group) => group.rules);
export const { panels } = JSON.parse(read('grafana-dashboard.json')) as { panels: readonly Panel[] };
export const ruled = alerts.map(({ expr }) => expr);
export const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** The names under which Prometheus finds what an exposition tells. */
export function seriesOf(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['bucket', 'count', 'sum'].map((end) => `${name}_${end}`) : [name],
  );
}
