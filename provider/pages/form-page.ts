/** A page with a form, whoever shows it: what was posted, what is wrong with it, and how that is told. */
import type { Context } from 'koa';
import type { Because, Refusal } from '../core/refusal.ts';
import { checkFields, type FormRule, type Posted, postedForm, shownAgain, type Values } from './form.ts';
import type { FormView, Site } from './page.ts';
import { duration, type Translate } from './texts.ts';

export interface FormPage<F extends FormRule = FormRule> {
  readonly form: F;
  /** The text of a field's label, where the page calls it otherwise than all others do. */
  readonly labelOf?: Partial<Record<keyof F & string, string>>;
  /** The field that a refusal belongs to; others concern the form as a whole. */
  readonly fieldOf?: Partial<Record<Because, keyof F & string>>;
}

/** A form to be shown again. Nothing that was typed is lost but secrets. */
export interface Again {
  readonly status: number;
  readonly form: Omit<FormView, 'action'>;
  readonly retryAfterMs?: number;
}

export type Submitted<F extends FormRule> =
  | { readonly ok: true; readonly values: Values<F>; readonly posted: Posted }
  | { readonly ok: false; readonly again: Again };

/** As it came, whatever it is; read once. */
export function postedIn(ctx: Context): Posted {
  ctx.state.posted ??= postedForm(ctx.request.body, ctx.request.type, ctx.state.formFault);
  return ctx.state.posted;
}

/** Reads a posted form and holds it against everything that can be said before its meaning is looked at. */
export function submitted<F extends FormRule>(
  ctx: Context,
  { guard }: Site,
  t: Translate,
  { form, labelOf }: FormPage<F>,
): Submitted<F> {
  const posted = postedIn(ctx);
  const values = shownAgain(form, posted.values);
  const again = (status: number, view: Omit<FormView, 'action'>): Submitted<F> => ({
    ok: false,
    again: { status, form: { values, ...view } },
  });

  if (posted.fault === 'too-large') return again(413, { problem: t('refusal.too-long') });
  if (posted.fault) return again(400, { problem: t('refusal.malformed') });
  if (!guard.accepts(ctx, posted.values._csrf)) {
    ctx.state.refused = 'csrf' satisfies Because;
    return again(403, { problem: t('refusal.csrf') });
  }
  const checked = checkFields(form, posted.values);
  const errors = Object.entries(checked.errors).map(([name, because]) => [
    name,
    t(`refusal.${because}`, { field: t(labelOf?.[name] ?? `field.${name}`) }),
  ]);
  if (errors.length > 0) return again(422, { errors: Object.fromEntries(errors) });
  return { ok: true, values: checked.values, posted };
}

const STATUS: Partial<Record<Because, number>> = {
  throttled: 429,
  'factor-locked': 429,
  overloaded: 503,
  'not-yours-to-handle': 403,
};

/** A refusal in words, beside the field that it belongs to. */
export function refused(
  t: Translate,
  { form, fieldOf }: FormPage,
  posted: Posted,
  { because, until, clockOffMs = 0, least, advice = [], detail, field: ownField }: Refusal,
  now: number,
): Again {
  const retryAfterMs = until === undefined ? undefined : Math.max(1000, until - now);
  const wait = retryAfterMs === undefined ? '' : duration(t, retryAfterMs);
  const clockOff = t('duration.minutes', { count: Math.max(1, Math.round(clockOffMs / 60_000)) });
  const text = [
    t(`refusal.${because}`, { wait, least, clockOff, detail }),
    ...advice.map((key) => t(`passwordAdvice.${key}`)),
  ].join(' ');
  const values = shownAgain(form, posted.values);
  const field = ownField ?? fieldOf?.[because];
  return {
    status: STATUS[because] ?? 422,
    form: { values, because, ...(field ? { errors: { [field]: text } } : { problem: text }) },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
