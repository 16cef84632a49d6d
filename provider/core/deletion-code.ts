/**
 * The deletion code (törlőkód): a look-up secret (NIST SP 800-63B-4 §3.1.2) of 80 bits that removes all second
 * factors when the device is lost. Written XXXX-XXXX-XXXX-XXXX in Crockford's Base32, which has no I, L, O or U.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LOOK_ALIKES: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };

export const DELETION_CODE_BYTES = 10;

/** Spells 10 random bytes as a deletion code. */
export function spellDeletionCode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const characters = bits.match(/.{5}/g)?.map((five) => ALPHABET[Number.parseInt(five, 2)]) ?? [];
  return characters.join('').match(/.{4}/g)?.join('-') ?? '';
}

/** The form that is hashed and compared: case, spaces and hyphens ignored, look-alikes read as meant. */
export function normalizeDeletionCode(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/[OIL]/g, (letter) => LOOK_ALIKES[letter] ?? letter);
}
