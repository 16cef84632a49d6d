/** Logins and why they failed, as the console shows them: of the whole service or of one client. */
import { type Counts, FAILURES, PERIODS, type Period } from '../../core/statistics.ts';
import type { Statistics } from '../../flows/ports.ts';
import type { Visit } from '../page.ts';
import { clockTime, dayAndMonth } from '../texts.ts';
import { chartOf } from './chart.ts';

/** How many bars share a label: half an hour, six hours, a day, five days. */
const EVERY: Readonly<Record<Period, number>> = { hours: 30, day: 6, week: 1, month: 5 };

const failed = ({ counts }: Counts) => FAILURES.reduce((total, failure) => total + (counts[failure] ?? 0), 0);

/** For `partials/chart`. */
function loginChart(period: Period, rows: readonly Counts[], { t, language }: Visit) {
  const byClock = PERIODS[period].unit !== 'day';
  return chartOf({
    title: t(`statistics.title.${period}`),
    rows,
    series: [
      { tone: 'plain', label: t('statistics.low'), figure: ({ counts }) => counts.low ?? 0 },
      { tone: 'strong', label: t('statistics.substantial'), figure: ({ counts }) => counts.substantial ?? 0 },
      { tone: 'danger', label: t('statistics.failed'), figure: failed },
    ],
    label: ({ at }) => (byClock ? clockTime(language, at) : dayAndMonth(language, at)),
    every: EVERY[period],
  });
}

/** Why logins did not come about, the most frequent first; for `partials/failures`. */
function failuresTold(rows: readonly Counts[], { t }: Visit) {
  const told = ([...FAILURES, 'cancelled'] as const).map((reason) => ({
    label: t(`statistics.reason.${reason}`),
    count: rows.reduce((total, { counts }) => total + (counts[reason] ?? 0), 0),
  }));
  return told.filter(({ count }) => count > 0).toSorted((one, other) => other.count - one.count);
}

const LAST_HOUR = 60;

/** Why logins failed in the last hour, by the minute, the newest first; for `partials/failures-by-minute`. */
export function failuresByMinute(minutes: readonly Counts[], { t, language }: Visit) {
  return minutes
    .slice(-LAST_HOUR)
    .filter((minute) => failed(minute) > 0)
    .toReversed()
    .map((minute) => ({
      when: clockTime(language, minute.at),
      reasons: FAILURES.flatMap((reason) => {
        const count = minute.counts[reason] ?? 0;
        return count > 0 ? [{ label: t(`statistics.reason.${reason}`), count }] : [];
      }),
    }));
}

/** A chart of the period, and the reasons of the failures in it; `clientId` absent: of the whole service. */
export async function loginFigures(statistics: Statistics, period: Period, visit: Visit, clientId?: string) {
  const rows = await statistics.of(period, clientId);
  return { chart: loginChart(period, rows, visit), failures: failuresTold(rows, visit), rows };
}
