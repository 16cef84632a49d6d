/** The page of a step: its view with its form, as it is first shown, shown again after a refusal, or after a wait. */
import type { Context } from 'koa';
import type { Again } from '../form-page.ts';
import type { Notices } from '../notice.ts';
import type { Site } from '../page.ts';
import { commonLocals, type Step, type StepVisit } from './step.ts';
import type { WaitingRoom } from './waiting.ts';

export interface StepPagePorts {
  readonly site: Site;
  readonly notices: Notices;
  readonly waiting: WaitingRoom;
}

/** `again`: what was typed, and what is wrong with it. */
export type ShowStep = (ctx: Context, visit: StepVisit, step: Step, again?: Again) => Promise<void>;

export function stepPage({ site, notices, waiting }: StepPagePorts): ShowStep {
  return async (ctx, visit, step, again) => {
    const { form, ...status } = again ?? { form: {} };
    const notice = again ? undefined : notices.take(ctx);
    const page = {
      view: step.view,
      interactionEndsAt: visit.interaction.expiresAt,
      locals: {
        ...commonLocals(visit, step.name),
        ...(notice && { notice: visit.t(`notice.${notice}`) }),
        ...(await step.locals(visit)),
      },
      form: {
        values: { ...step.prefill?.(visit), ...waiting.typed(ctx, step) },
        ...form,
        action: `${visit.path}/${step.name}`,
      },
      cancel: `${visit.path}/cancel`,
      ...status,
    };
    await site.show(ctx, page, visit);
  };
}
