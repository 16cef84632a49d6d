/** Makes a logo of ours of what somebody uploaded: unpacked to pixels and written anew, so that nothing else of it stays. */
import { PNG } from 'pngjs';
import { type LogoFault, logoFault } from '../core/logo.ts';

export type OwnLogo =
  | { readonly ok: true; readonly png: Uint8Array }
  | { readonly ok: false; readonly because: LogoFault };

export function ownLogo(file: Uint8Array): OwnLogo {
  const because = logoFault(file);
  if (because) return { ok: false, because };
  try {
    const { width, height, data } = PNG.sync.read(Buffer.from(file));
    const made = new PNG({ width, height });
    data.copy(made.data);
    return { ok: true, png: PNG.sync.write(made) };
  } catch {
    return { ok: false, because: 'logo-broken' };
  }
}
