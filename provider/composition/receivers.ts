/** What the outbox delivers, and by what means. */
import path from 'node:path';
import { mailDelivery } from '../../adapters/mailer.ts';
import type { Receivers } from '../../adapters/outbox/workers.ts';
import { tracedReceivers } from '../../adapters/traced.ts';
import type { Env } from '../../config/env.ts';
import { LOGOUT_DELIVERY, MAIL_DELIVERY } from '../../config/policy.ts';
import type { Delivered } from '../core/delivery.ts';
import type { LogoutNotice } from '../flows/ports.ts';
import { letters } from '../pages/letters.ts';
import type { Texts } from '../pages/texts.ts';
import { aboutOf, type Ports } from './ports.ts';

export function receiversOf(
  env: Env,
  { log, traces }: Ports,
  words: Texts,
  tellPortal: (notice: LogoutNotice) => Promise<Delivered>,
): Receivers {
  const receivers = {
    mail: {
      ...MAIL_DELIVERY,
      deliver: mailDelivery({
        from: env.mailFrom,
        ...(env.smtpUrl !== undefined && { smtpUrl: env.smtpUrl }),
        folder: path.join(env.dataDir, 'mail'),
        compose: letters(words, aboutOf(env)),
        onSent: (kind, file) => log.info({ kind, ...(file !== undefined && { file }) }, 'mail sent'),
      }),
    },
    logout: { ...LOGOUT_DELIVERY, deliver: (notice: unknown) => tellPortal(notice as LogoutNotice) },
  };
  return traces ? tracedReceivers(receivers, traces) : receivers;
}
