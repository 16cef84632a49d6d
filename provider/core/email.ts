/** What an e-mail address must be to be written to: one address, with nothing that a mail's header could mistake. */

/** RFC 5321 §4.5.3.1: 64 octets before the @, 254 for the whole. */
const LONGEST = 254;
/**
 * RFC 5322 §3.2.3 `dot-atom`: no quotes, spaces, commas or line ends, so that it can be nothing but one address. Without
 * what some mail servers read as an address elsewhere: `%` and `!` (routes of old), and `=?` (RFC 2047).
 */
const LOCAL = /^(?=.{1,64}$)(?!.*=\?)[\w#$&'*+/=?^`{|}~-]+(?:\.[\w#$&'*+/=?^`{|}~-]+)*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/;

/** Trimmed, the domain in small ASCII letters; undefined for what is no address. What stands before the @ is its owner's. */
export function normalizeEmail(typed: string): string | undefined {
  const address = typed.normalize('NFKC').trim();
  const at = address.lastIndexOf('@');
  const domain = asciiDomain(address.slice(at + 1));
  const local = address.slice(0, Math.max(0, at));
  const normalized = `${local}@${domain}`;
  return normalized.length <= LONGEST && LOCAL.test(local) && DOMAIN.test(domain) ? normalized : undefined;
}

function asciiDomain(domain: string): string {
  // The URL parser decodes and forgives much; what it would have to forgive is no domain.
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(domain) || !URL.canParse(`http://${domain}`)) return '';
  return new URL(`http://${domain}`).hostname;
}
