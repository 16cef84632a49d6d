/** Where the links in mails lead. */
import type { LinkPurpose } from '../../core/password-link.ts';

export const FORGOTTEN_PATH = '/forgotten-password';
export const ACTIVATION_PATH = '/activation';

export const LINK_PATHS: Readonly<Record<LinkPurpose, string>> = {
  reset: FORGOTTEN_PATH,
  activation: ACTIVATION_PATH,
};
