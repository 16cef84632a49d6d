/** The kinds of values that variables have, each with what it says of a value that is none. */
import { z } from 'zod';

const SECRET_BYTES = 32;
const COOKIE_KEY_LENGTH = 32;

/** Hexadecimal, base64 or base64url. */
export const bytesOf = (text: string) => Buffer.from(text, /^[\da-f]{64}$/i.test(text) ? 'hex' : 'base64');

export const listOf = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

export const secretKey = z
  .string()
  .refine((text) => /^[\w+/-]+=*$/.test(text) && bytesOf(text).length === SECRET_BYTES, {
    message:
      'each key must be 32 random bytes in base64 or hexadecimal (make one with: openssl rand -base64 32)',
  });
export const cookieKey = z.string().min(COOKIE_KEY_LENGTH, {
  message: 'each key must have 32 characters at least (make one with: openssl rand -base64 32)',
});
export const keyRing = (key: z.ZodType<string, string>) =>
  z.string().transform(listOf).pipe(z.array(key).min(1, 'must hold one key at least'));

export function wholeNumber(least: number, most: number) {
  const fits = (text: string) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;
  return z
    .string()
    .refine(fits, { message: `must be a whole number from ${least} to ${most}` })
    .transform(Number);
}
export const port = wholeNumber(0, 65_535);

export function address(schemes: string, example: string) {
  const protocol = new RegExp(`^(${schemes})$`);
  return z.url({ protocol, abort: true, message: `must be an address such as ${example}` });
}
export const origin = address('https?', 'https://login.example.hu')
  .refine((text) => new URL(text).origin === text.replace(/\/$/, ''), {
    message: 'must be an origin: no path, query, fragment, user name or password',
  })
  .transform((text) => new URL(text).origin);

/** As {@link URL} has it: small letters, and an IPv6 address without its brackets. */
export const hostName = z
  .string()
  .regex(/^[\w.-]+$|^\[?[\da-f:.]+\]?$/i, 'must be a list of hosts such as portal.intra.hu,10.1.2.3')
  .transform((text) => text.toLowerCase().replace(/^\[|\]$/g, ''));
export const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

export const oneOf = <const V extends readonly [string, ...string[]]>(values: V) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

const NOT_CONTROL = /^\P{Cc}+$/u;
export const words = z
  .string()
  .trim()
  .min(1, 'must not be blank')
  .regex(NOT_CONTROL, 'must be one line of text');
/** `acr_values` is a list separated by spaces (OpenID Connect Core §3.1.2.1). */
export const acr = z.string().regex(/^[\x21-\x7e]+$/, 'must be one word or address without spaces');
export const mailFrom = z
  .string()
  .regex(
    /^([^<>\p{Cc}]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u,
    'must be an e-mail address or Name <address>',
  );
