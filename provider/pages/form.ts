/** Reading a posted form: small, flat, each field at most once, nothing clever in names or bytes. */
import type { Context, Middleware } from 'koa';
import { readAtMost } from '../oidc/body.ts';

export interface FieldRule {
  readonly maxLength: number;
  /** Never shown again, not even after an error. */
  readonly secret?: true;
  readonly optional?: true;
}

export type FormRule = Readonly<Record<string, FieldRule>>;

export type Values<F extends FormRule> = { readonly [name in keyof F]: string };

/** What was posted; `fault` says why it can't be trusted, and `values` holds what could be read all the same. */
export interface Posted {
  readonly values: Readonly<Record<string, string>>;
  readonly fault?: 'malformed' | 'too-large';
  readonly file?: Uint8Array;
}

const FORM_TYPE = 'application/x-www-form-urlencoded';
const STRANGE_NAME = /[[\].]|^(?:__proto__|constructor|prototype)$/;
/** Bytes that were no UTF-8 (read as U+FFFD) and control characters other than white space. */
const NO_TEXT = /(?![\t\n\r])[\p{Cc}\ufffd]/u;

/** Reads the raw body of a form, `limit` bytes at most; {@link postedForm} makes sense of it. */
export function rawForm(limit: number): Middleware {
  return async (ctx, next) => {
    await readForm(ctx, limit);
    return next();
  };
}

/** No browser compresses a form. */
async function readForm(ctx: Context, limit: number): Promise<void> {
  if (ctx.request.type !== FORM_TYPE || ctx.get('content-encoding') !== '') return;
  try {
    const bytes = await readAtMost(ctx.req, limit);
    if (bytes) ctx.request.body = bytes.toString('utf8');
    else ctx.state.formFault = 'too-large' satisfies Posted['fault'];
  } catch {
    ctx.state.formFault = 'malformed' satisfies Posted['fault'];
  }
}

export function postedForm(body: unknown, contentType: string, fault: Posted['fault']): Posted {
  if (fault) return { values: {}, fault };
  if (contentType !== FORM_TYPE || typeof body !== 'string') return { values: {}, fault: 'malformed' };
  return readEntries([...new URLSearchParams(body)]);
}

export function readEntries(entries: readonly (readonly [string, string])[]): Posted {
  const names = entries.map(([name]) => name);
  const strange =
    new Set(names).size < names.length ||
    names.some((name) => STRANGE_NAME.test(name)) ||
    entries.some((entry) => entry.some((text) => NO_TEXT.test(text)));
  const readable = entries.filter(([name, value]) => !STRANGE_NAME.test(name) && !NO_TEXT.test(value));
  const values = Object.fromEntries(readable);
  return strange ? { values, fault: 'malformed' } : { values };
}

export type FieldErrors = Readonly<Record<string, 'required' | 'too-long'>>;

/** Holds the values against the rules: all fields as strings, or what is wrong with which. */
export function checkFields<F extends FormRule>(
  form: F,
  values: Readonly<Record<string, string>>,
): { values: Values<F>; errors: FieldErrors } {
  const read: Record<string, string> = {};
  const errors: Record<string, 'required' | 'too-long'> = {};
  for (const [name, rule] of Object.entries(form)) {
    const value = Object.hasOwn(values, name) ? (values[name] ?? '') : '';
    read[name] = value;
    if (value.length > rule.maxLength) errors[name] = 'too-long';
    else if (value.trim() === '' && !rule.optional) errors[name] = 'required';
  }
  return { values: read as Values<F>, errors };
}

/** What may be shown again of what was typed. */
export function shownAgain(form: FormRule, values: Readonly<Record<string, string>>): Record<string, string> {
  const shown = Object.entries(form).filter(([name, rule]) => !rule.secret && Object.hasOwn(values, name));
  return Object.fromEntries(
    shown.map(([name, rule]) => [name, (values[name] ?? '').slice(0, rule.maxLength)]),
  );
}
