/** A portal's logo: a PNG of ours, made anew of what was uploaded. */

export const LOGO_PATH = '/logos';

/** Pixels of a side, and bytes of the file at most. */
export const LOGO_LIMITS = { side: 512, bytes: 200 * 1024 } as const;

export type LogoFault = 'logo-missing' | 'logo-no-png' | 'logo-too-large' | 'logo-broken';

/** The name of the header's chunk. */
const IHDR = 0x49484452;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * What stands against a file before anything of it is unpacked: its kind and the size that it will have. An interlaced one is
 * refused: how much it unpacks to is not known beforehand.
 */
export function logoFault(file: Uint8Array): LogoFault | undefined {
  if (SIGNATURE.some((byte, index) => file[index] !== byte) || file.length < 33) return 'logo-no-png';
  if (file.length > LOGO_LIMITS.bytes) return 'logo-too-large';
  const header = new DataView(file.buffer, file.byteOffset + 16, 13);
  const [width, height, interlaced] = [header.getUint32(0), header.getUint32(4), header.getUint8(12) !== 0];
  if (Math.max(width, height) > LOGO_LIMITS.side) return 'logo-too-large';
  return width === 0 || height === 0 || interlaced || headersIn(file) !== 1 ? 'logo-broken' : undefined;
}

/** A second header, whose size nobody has looked at, would decide what is unpacked (PNG §11.2.2: there is one). */
function headersIn(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let headers = 0;
  for (let at = SIGNATURE.length; at + 8 <= file.length; at += 12 + view.getUint32(at))
    if (view.getUint32(at + 4) === IHDR) headers += 1;
  return headers;
}

/** The address of a client's logo, if it is one of ours: nobody else's is ever shown. */
export function logoOf(address: unknown, issuer: string): string | undefined {
  const prefix = `${issuer}${LOGO_PATH}/`;
  return typeof address === 'string' && address.startsWith(prefix) ? address.slice(issuer.length) : undefined;
}
