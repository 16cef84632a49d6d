/** What the desk does for people. */
import type { Env } from '../../config/env.ts';
import type { Doing } from '../core/doing.ts';
import { HOUR_MS } from '../core/duration.ts';
import type { NewAccount, Registered } from '../flows/accounts.ts';
import type { Closing } from '../flows/closing.ts';
import { deskAccess } from '../flows/desk/access.ts';
import { deskCorrection } from '../flows/desk/correction.ts';
import { factorResets } from '../flows/desk/factor-reset.ts';
import { handling } from '../flows/desk/handling.ts';
import { looking } from '../flows/desk/looking.ts';
import { deskRegistration } from '../flows/desk/registration.ts';
import type { ChangeFactors } from '../flows/factor-change.ts';
import type { PasswordLinks } from '../flows/password-links.ts';
import type { SessionEnding } from '../flows/session-ending.ts';
import { objectHref } from '../pages/site/object.ts';
import type { Ports } from './ports.ts';

interface DeskPorts extends Ports {
  readonly closing: Closing;
  readonly passwordLinks: PasswordLinks;
  readonly sessionEnding: SessionEnding;
  readonly changeFactors: ChangeFactors;
  readonly registerAccount: (wanted: NewAccount, doing: Doing) => Promise<Registered>;
}

export function deskFlowsOf({ issuer, desk }: Env, ports: DeskPorts) {
  const { sessions } = ports.storage;
  const objectionMs = desk.objectionHours * HOUR_MS;
  const at = { ...ports, sessions, handling: handling(ports) };
  return {
    deskAccess: deskAccess(at),
    deskCorrection: deskCorrection(at, { waitMs: objectionMs }),
    deskRegistration: deskRegistration(at),
    lookedAt: looking(ports),
    deskResets: factorResets(at, {
      fourEyes: desk.fourEyes,
      objectionMs,
      objectHref: objectHref(issuer),
    }),
  };
}
