/** Hungary's clock, which the service goes by wherever its servers stand. */
import { DAY_MS, HOUR_MS } from './duration.ts';

export const TIME_ZONE = 'Europe/Budapest';

/** Swedes write days as ISO 8601 does. */
const days = new Intl.DateTimeFormat('sv-SE', { timeZone: TIME_ZONE, dateStyle: 'short' });

const hours = new Intl.DateTimeFormat('en-GB', { timeZone: TIME_ZONE, hour: '2-digit', hourCycle: 'h23' });

/** The day of a moment, `YYYY-MM-DD`. */
export const dayOf = (at: number): string => days.format(at);

/** When a day, `YYYY-MM-DD`, began; undefined for what is no day. */
export const startOfDay = (day = ''): number | undefined => midnight(day, 0);

/** When it ended: with the next one, also where it has 23 or 25 hours. */
export const endOfDay = (day = ''): number | undefined => midnight(day, 1);

function midnight(day: string, daysLater: number): number | undefined {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) + daysLater * DAY_MS : Number.NaN;
  return Number.isNaN(at) ? undefined : at - Number(hours.format(at)) * HOUR_MS;
}
