/**
 * The waiting room of interactions. While more passwords wait than can be checked soon, whoever sends another is told so
 * before anything is looked up or counted. Their page comes back by itself, with all that they typed but secrets: the
 * browser keeps that, sealed, since the store shall have no work with it.
 */
import type { Context } from 'koa';
import type { Language, Sealed } from '../../core/account.ts';
import type { Because } from '../../core/refusal.ts';
import type { PasswordHasher, SecretBox } from '../../flows/ports.ts';
import { shownAgain } from '../form.ts';
import { submitted } from '../form-page.ts';
import { asLanguage } from '../language.ts';
import type { Site } from '../page.ts';
import { duration } from '../texts.ts';
import type { Step, StepName } from './step.ts';

export interface WaitingPorts {
  readonly site: Site;
  /** Whether browsers come over TLS. */
  readonly secure: boolean;
  readonly hasher: Pick<PasswordHasher, 'busyMs'>;
  /** Raises no alarm over what it can't open: cookies are anybody's to spoil. */
  readonly cookieBox: SecretBox;
  readonly keptMs: number;
}

export interface WaitingRoom {
  /** Turns a posted form away, if it is one that has to wait. Answers whether it did. */
  turnsAway(ctx: Context, step: Step): Promise<boolean>;
  /** The same for the page of somebody who was turned away before. */
  keepsWaiting(ctx: Context): Promise<boolean>;
  /** The same for who has typed nothing yet: better than to type in vain. */
  keepsOut(ctx: Context, next: StepName | 'done', language: Language): Promise<boolean>;
  /** What they had typed into this step's form. */
  typed(ctx: Context, step: Step): Readonly<Record<string, string>>;
}

interface Kept {
  readonly step: StepName;
  readonly language: Language;
  readonly values: Readonly<Record<string, string>>;
}

const BEGINNINGS: readonly string[] = ['method', 'password'] satisfies StepName[];
const COOKIE = 'kapu.typed';
const UID = /^[\w-]{1,100}$/;
const SHAPE = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

export function waitingRoom({ site, secure, hasher, cookieBox, keptMs }: WaitingPorts): WaitingRoom {
  const uidOf = (ctx: Context) => String(ctx.params.uid);
  const pageOf = (ctx: Context) => `/interaction/${uidOf(ctx)}`;
  const contextOf = (ctx: Context) => `typed:${uidOf(ctx)}`;

  function kept(ctx: Context): Kept | undefined {
    const [, keyId, iv, data] = SHAPE.exec(ctx.cookies.get(COOKIE, { signed: false }) ?? '') ?? [];
    const opened = data && cookieBox.open({ keyId, iv, data } as Sealed, contextOf(ctx));
    return opened ? JSON.parse(opened) : undefined;
  }

  function keep(ctx: Context, what: Kept): void {
    const { keyId, iv, data } = cookieBox.seal(JSON.stringify(what), contextOf(ctx));
    ctx.cookies.set(COOKIE, `${keyId}.${iv}.${data}`, {
      path: pageOf(ctx),
      maxAge: keptMs,
      httpOnly: true,
      sameSite: 'lax',
      secure,
      signed: false,
    });
  }

  async function show(
    ctx: Context,
    name: 'waiting' | 'overloaded',
    busyMs: number,
    { language }: { readonly language: Language },
  ): Promise<void> {
    const page = pageOf(ctx);
    ctx.state.refused = 'overloaded' satisfies Because;
    const at = site.visit(ctx, language);
    const wait = duration(at.t, busyMs);
    const ways = [
      { href: page, label: at.t('way.again') },
      { href: '/help', label: at.t('way.help') },
    ];
    ctx.state.shownAt = page;
    const problem = { name, status: 503, retryAfterMs: busyMs, wait, ways, comesBackTo: page };
    await site.problem(ctx, problem, at);
  }

  return {
    async turnsAway(ctx, step) {
      if (!step.hashes || !UID.test(uidOf(ctx))) return false;
      const busyMs = hasher.busyMs();
      if (busyMs === undefined) return false;
      const { t, language } = site.visit(ctx);
      const form = submitted(ctx, site, t, step);
      // What is wrong with it can be said at once.
      if (!form.ok) return false;
      const { lang } = form.posted.values;
      const read = asLanguage(lang) ?? language;
      keep(ctx, { step: step.name, language: read, values: shownAgain(step.form, form.values) });
      await show(ctx, 'waiting', busyMs, { language: read });
      return true;
    },

    async keepsWaiting(ctx) {
      const waiting = kept(ctx);
      const busyMs = waiting && hasher.busyMs();
      if (!waiting || busyMs === undefined) return false;
      await show(ctx, 'waiting', busyMs, waiting);
      return true;
    },

    async keepsOut(ctx, next, language) {
      const busyMs = BEGINNINGS.includes(next) ? hasher.busyMs() : undefined;
      if (busyMs === undefined) return false;
      await show(ctx, 'overloaded', busyMs, { language });
      return true;
    },

    typed(ctx, step) {
      const waited = kept(ctx);
      return waited?.step === step.name ? shownAgain(step.form, waited.values) : {};
    },
  };
}
