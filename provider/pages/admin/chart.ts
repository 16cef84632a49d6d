/** A chart of stacked bars as a template draws it: where each bar and label is, and the same figures as a table. */

/** What a series looks like; never told by colour alone. */
export type Tone = 'plain' | 'strong' | 'danger';

export interface Series<Row> {
  readonly tone: Tone;
  readonly label: string;
  readonly figure: (row: Row) => number;
}

export interface ChartWish<Row> {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly series: readonly Series<Row>[];
  /** What a row is called, and how many bars share a label and a line of the table. */
  readonly label: (row: Row) => string;
  readonly every: number;
}

/** In units of the drawing, which fits the narrowest phone as it is and grows with wider ones. */
const SIZE = { width: 320, height: 150, left: 30, right: 6, top: 8, bottom: 20 } as const;
const PLOT = {
  width: SIZE.width - SIZE.left - SIZE.right,
  height: SIZE.height - SIZE.top - SIZE.bottom,
} as const;
/** The part of a bar's place that stays empty beside it. */
const GAP = 0.2;
/** What the longest label takes, "nov. 18.", with air after it. */
const LABEL_WIDTH = 44;

export function chartOf<Row>({ title, rows, series, label, every }: ChartWish<Row>) {
  const figures = rows.map((row) => series.map(({ figure }) => figure(row)));
  const top = roundAbove(Math.max(...figures.map(sum)));
  const step = PLOT.width / Math.max(1, rows.length);
  const labelled = Math.ceil(LABEL_WIDTH / (every * step));
  return {
    title,
    ...SIZE,
    empty: figures.every((row) => sum(row) === 0),
    bars: figures.flatMap((row, index) => barsOf(row, { x: SIZE.left + index * step, step, top }, series)),
    lines: [0, top / 2, top].map((value) => ({ y: heightAt(value, top), label: `${value}` })),
    ticks: groupsOf(rows, every * labelled).map((group, index) => ({
      x: rounded(SIZE.left + index * every * labelled * step),
      label: label(group[0] as Row),
    })),
    legend: series.map(({ tone, label: name }, column) => ({
      tone,
      label: name,
      total: sum(figures.map((row) => row[column] ?? 0)),
    })),
    table: groupsOf(rows, every).map((group) => ({
      label: label(group[0] as Row),
      values: series.map(({ figure }) => sum(group.map(figure))),
    })),
  };
}

interface Place {
  readonly x: number;
  readonly step: number;
  readonly top: number;
}

/** One upon the other, in the order of the series. */
function barsOf<Row>(figures: readonly number[], { x, step, top }: Place, series: readonly Series<Row>[]) {
  let below = 0;
  return figures.flatMap((figure, column) => {
    const from = below;
    below += figure;
    if (figure === 0) return [];
    const y = heightAt(below, top);
    const height = rounded(heightAt(from, top) - y);
    return [
      { x: rounded(x), y, width: rounded(step * (1 - GAP)), height, tone: series[column]?.tone ?? 'plain' },
    ];
  });
}

const heightAt = (value: number, top: number) =>
  rounded(SIZE.top + PLOT.height - (value / top) * PLOT.height);

/** The next number that is easy to halve: 2, 4, 6, 8, 10, 12, 16, 20, 40 and so on. */
function roundAbove(most: number): number {
  for (let unit = 1; ; unit *= 10) {
    const fits = [2, 4, 6, 8, 10, 12, 16].find((times) => times * unit >= most);
    if (fits !== undefined) return fits * unit;
  }
}

function groupsOf<Row>(rows: readonly Row[], every: number): Row[][] {
  const count = Math.ceil(rows.length / every);
  return Array.from({ length: count }, (_, index) => rows.slice(index * every, (index + 1) * every));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const rounded = (value: number) => Math.round(value * 100) / 100;
