/**
 * Choosing a password by a link in a mail: the first one (activation) or a new one for a forgotten one. The mailbox
 * proves no more than that: whoever has an authenticator is still asked for its code, and nobody is logged in by it.
 */
import { type Account, normalizeUsername } from '../core/account.ts';
import type { Circumstances } from '../core/doing.ts';
import { normalizeEmail } from '../core/email.ts';
import type { EventKind, Origin } from '../core/event.ts';
import {
  addressWaits,
  isLinkOf,
  type LinkPurpose,
  linkCounts,
  linkDue,
  type PasswordLink,
} from '../core/password-link.ts';
import { type Result, refuse } from '../core/refusal.ts';
import type { CrowdRule, ThrottleRule } from '../core/throttle.ts';
import { accountNamedIn, hashOfToken, newMailedToken } from './mailed-token.ts';
import type { PasswordChoice } from './password-choice.ts';
import type { Accounts, Background, Clock, Random, Throttles } from './ports.ts';
import type { SessionEnding } from './session-ending.ts';

export interface PasswordLinkPorts {
  readonly accounts: Accounts;
  readonly throttles: Throttles;
  readonly background: Background;
  readonly random: Random;
  readonly clock: Clock;
  readonly passwordChoice: PasswordChoice;
  readonly sessionEnding: SessionEnding;
}

export interface PasswordLinkSettings {
  readonly lifetimeMs: Readonly<Record<LinkPurpose, number>>;
  /** How long an expired activation link is good for a new one. */
  readonly renewableMs: number;
  readonly perAccount: ThrottleRule;
  readonly perAddress: CrowdRule;
  /** The address of the page behind a link. */
  readonly hrefOf: (purpose: LinkPurpose, token: string) => string;
}

/** A link as it was sent; it is told to nobody else but the operator who asked for it. */
export interface SentLink {
  readonly link: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

const EVENT_OF: Readonly<Record<LinkPurpose, EventKind>> = {
  activation: 'account-activated',
  reset: 'password-reset',
};

export type PasswordLinks = ReturnType<typeof passwordLinks>;

export function passwordLinks(ports: PasswordLinkPorts, settings: PasswordLinkSettings) {
  const { accounts, throttles, background, random, clock } = ports;
  const { passwordChoice: choice, sessionEnding } = ports;

  /** Sends a link and makes it the only one that counts. */
  async function send(account: Account, purpose: LinkPurpose, asked: Circumstances): Promise<SentLink> {
    const at = clock.now();
    const until = at + settings.lifetimeMs[purpose];
    const token = newMailedToken(account.id, random);
    const facts = { link: settings.hrefOf(purpose, token), until };
    const kind = purpose === 'reset' ? 'password-reset' : 'activation';
    await accounts.update(account.id, (current) => {
      // The desk may have changed the address since it was found that a link may go there.
      if (addressWaits(current, at)) return { account: current, result: undefined };
      const renewableUntil = current.passwordLink?.renewableUntil ?? at + settings.renewableMs;
      const renewable = purpose === 'activation' && { renewableUntil };
      const passwordLink: PasswordLink = {
        purpose,
        tokenHash: hashOfToken(token),
        expiresAt: until,
        ...renewable,
      };
      return {
        account: { ...current, passwordLink },
        events: [{ kind: 'password-link-sent', at, ...asked }],
        // Where it goes is decided with it: the address may just have changed, and the old one must get no link.
        letters: [{ kind, account: current, at, facts }],
        result: undefined,
      };
    });
    return facts;
  }

  /** Throttled alike for every name and token, whether or not there is an account behind it. */
  async function admit(subject: string, { address }: Origin): Promise<Result> {
    const byAddress = await throttles.attempt('link-address', address, settings.perAddress);
    return byAddress.ok ? throttles.attempt('link', subject, settings.perAccount) : byAddress;
  }

  /** For a forgotten password. What comes of it shows in the mailbox alone: not in the answer, nor in its time. */
  async function request(typed: { username: string; email: string }, origin: Origin): Promise<Result> {
    const username = normalizeUsername(typed.username);
    // Together with the address that was typed: a stranger who knows the name alone can't use up its owner's tries.
    const admitted = await admit(`${username}\n${plainMailbox(typed.email)}`, origin);
    if (!admitted.ok) return admitted;
    background.run('password link', async () => {
      const account = await accounts.findByUsername(username);
      const due = account && linkDue(account, clock.now());
      if (due && sameMailbox(account.email, typed.email)) await send(account, due, origin);
    });
    return { ok: true };
  }

  /** A new link for an expired one of an activation; as silent as {@link request}. */
  async function renew(token: string, origin: Origin): Promise<Result> {
    const admitted = await admit(token, origin);
    if (!admitted.ok) return admitted;
    background.run('password link', async () => {
      const account = await ownerOf(token);
      if (!account || !isLinkOf(account, 'activation', hashOfToken(token))) return;
      if (linkDue(account, clock.now()) === 'activation') await send(account, 'activation', origin);
    });
    return { ok: true };
  }

  /** Whose link it is, if it counts. Looking spends nothing: mail scanners open links, too. */
  async function open(purpose: LinkPurpose, token: string): Promise<Account | undefined> {
    const account = await ownerOf(token);
    return account && linkCounts(account, purpose, hashOfToken(token), clock.now()) ? account : undefined;
  }

  /** Sets the password, and spends the link in the same change. All sessions of the account end. */
  async function choose(
    purpose: LinkPurpose,
    token: string,
    chosen: string,
    origin: Origin,
  ): Promise<Result> {
    const account = await open(purpose, token);
    if (!account) return refuse('dead-link');
    const fault = await choice.fault(chosen, account);
    if (fault) return fault;
    const hashed = await choice.hash(chosen);
    if (!hashed.ok) return hashed;
    // Before and after, as with a password that is changed: a link works once, and a crash must not leave them alive.
    await sessionEnding.endAll(account.id);
    const at = clock.now();
    const spent = await accounts.update(account.id, (current) => {
      if (!linkCounts(current, purpose, hashOfToken(token), at)) return { account: current, result: false };
      const { passwordLink: _, ...rest } = current;
      return {
        // A link dies with a change of the address: this is where it was sent.
        account: { ...rest, confirmedEmail: rest.email, password: { hash: hashed.hash, changedAt: at } },
        events: [{ kind: EVENT_OF[purpose], at, ...origin }],
        letters: purpose === 'reset' ? [{ kind: 'password-changed', account: current, at }] : [],
        result: true,
      };
    });
    if (!spent) return refuse('dead-link');
    await Promise.all([sessionEnding.endAll(account.id), throttles.clear('password', account.username)]);
    return { ok: true };
  }

  async function ownerOf(token: string): Promise<Account | undefined> {
    const id = accountNamedIn(token);
    return id === undefined ? undefined : accounts.find(id);
  }

  return { send, request, renew, open, choose };
}

function sameMailbox(known: string, typed: string): boolean {
  return plainMailbox(known) === plainMailbox(typed);
}

function plainMailbox(address: string): string {
  return (normalizeEmail(address) ?? address).toLowerCase();
}
