/** From the address of an interaction to how things stand in it, or to a page that says why it can't be gone on with. */
import type { Context } from 'koa';
import { errors } from 'oidc-provider';
import { formActionOf } from '../headers.ts';
import { type Interaction, interactionVisit, type VisitPorts } from './interaction.ts';
import { lostInteraction } from './lost.ts';
import type { StepVisit } from './step.ts';
import { ticketOf } from './ticket.ts';

/** An interaction, and how things stand in it. */
export interface Opened {
  readonly details: Interaction;
  readonly visit: StepVisit;
}

/** Answers undefined where the page that says why is shown. */
export type Open = (ctx: Context) => Promise<Opened | undefined>;

export function opening(ports: VisitPorts): Open {
  const { provider, site, signIn } = ports;

  /** Undefined where oidc-provider finds no interaction for this browser, or another session than it began in. */
  async function detailsOf(ctx: Context): Promise<Interaction | undefined> {
    try {
      return await provider.interactionDetails(ctx.req, ctx.res);
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  }

  return async (ctx) => {
    const uid = String(ctx.params.uid);
    signIn.expect(uid, { answering: ctx.method === 'POST', ticket: ticketOf(ctx) });
    const details = await detailsOf(ctx);
    const visit = details?.uid === uid ? await interactionVisit(ports, ctx, details) : undefined;
    if (!details || !visit) {
      await site.problem(ctx, await lostInteraction(ports, ctx, uid));
      return undefined;
    }
    ctx.state.shownAt = visit.path;
    ctx.state.formAction = formActionOf(site.issuer, details.params.redirect_uri);
    return { details, visit };
  };
}
