/**
 * `/session/left` and `/session/stay`: how long the session of this browser still lasts, for the warning that a page gives
 * before it ends, and the one click that keeps it. Another tab may have renewed it: the server alone knows.
 */
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Clock } from '../../flows/ports.ts';
import type { SessionEnd } from '../../oidc/session-life.ts';
import { rawForm } from '../form.ts';
import { type FormPage, submitted } from '../form-page.ts';
import type { Site } from '../page.ts';
import type { Guard } from './guard.ts';

const FORM = { to: { maxLength: 500, optional: true } } as const;
const STAY: FormPage<typeof FORM> = { form: FORM };

export interface SessionEndPorts {
  readonly site: Site;
  readonly guard: Guard;
  readonly clock: Clock;
  readonly formLimit: number;
  /** Whether an address is a page of who is signed in. */
  readonly isOurs: (path: string) => boolean;
}

export function sessionEndRoutes(router: Router, ports: SessionEndPorts): void {
  const { site, guard, clock, formLimit, isOurs } = ports;

  function tell(ctx: RouterContext, end: SessionEnd | undefined): void {
    const secondsLeft = end ? Math.max(0, end.at - Math.floor(clock.now() / 1000)) : 0;
    ctx.body = { secondsLeft, final: end?.final ?? false };
  }

  router.get('/session/left', async (ctx) => tell(ctx, await guard.sessionEnd(ctx)));

  router.post('/session/stay', rawForm(formLimit), async (ctx) => {
    const form = submitted(ctx, site, site.visit(ctx).t, STAY);
    const end = form.ok ? await guard.stay(ctx) : await guard.sessionEnd(ctx);
    if (ctx.accepts('html', 'json') === 'json') return tell(ctx, end);
    const path = form.ok && isOurs(form.values.to) ? form.values.to : '/account';
    ctx.status = 303;
    ctx.redirect(end && !end.final ? path : guard.loginAnew(path));
  });
}
