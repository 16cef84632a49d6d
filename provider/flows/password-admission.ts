/** Where the tries of a password are counted, before anything is looked at. */
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Admission, CrowdRule, ThrottleRule } from '../core/throttle.ts';
import type { Clock, Throttles } from './ports.ts';

export interface PasswordLimits {
  readonly perAccount: ThrottleRule;
  readonly perAddress: CrowdRule;
}

export interface PasswordAdmissionPorts {
  readonly throttles: Throttles;
  readonly clock: Clock;
}

/** Whose password is tried, and from where. `trusted`: no stranger, with tries of their own. */
interface Tried {
  readonly username: string;
  readonly trusted: string | undefined;
  readonly address: string;
}

/** A try that was admitted and counted as a failure. */
interface Try {
  readonly ok: true;
  /** Should it fail, it begins a pause. */
  readonly pauses: boolean;
  /** Runs the check itself. */
  during<T>(check: () => Promise<T>): Promise<T>;
  /** It was right: the name's tries are forgotten, and the address gets this one back. */
  right(): Promise<unknown>;
  /** It was not looked at after all. Never rejects. */
  takeBack(): Promise<unknown>;
}

interface Bucket<Rule> {
  readonly purpose: string;
  readonly subject: string;
  readonly rule: Rule;
}

interface Buckets {
  readonly ofName: Bucket<ThrottleRule>;
  readonly ofAddress?: Bucket<CrowdRule>;
}

/** About what the passwords of a crowd at one address take to be checked. */
const CROWDED_MS = 3_000;

export function passwordAdmission({ throttles, clock }: PasswordAdmissionPorts, limits: PasswordLimits) {
  const ofAddress = (subject: string): Bucket<CrowdRule> => ({
    purpose: 'password-address',
    subject,
    rule: limits.perAddress,
  });

  function bucketsOf({ username, trusted, address }: Tried): Buckets {
    const rule = limits.perAccount;
    return trusted === undefined
      ? { ofName: { purpose: 'password', subject: username, rule }, ofAddress: ofAddress(address) }
      : { ofName: { purpose: 'password-trusted', subject: `${username}\n${trusted}`, rule } };
  }

  const count = ({ purpose, subject, rule }: Bucket<ThrottleRule | CrowdRule>) =>
    throttles.attempt(purpose, subject, rule);
  const giveBack = async (bucket: Bucket<ThrottleRule | CrowdRule> | undefined) => {
    if (bucket) await throttles.giveBack(bucket.purpose, bucket.subject, bucket.rule);
  };

  /** Tries of each address: those that are being admitted, and those that are being checked. */
  const admitting = tally();
  const checking = tally();

  /**
   * So few that those under way can't use up what is left: then the name may be counted beside the address. Else an
   * address that is turned away would still count against the names of others.
   */
  async function fewFrom({ purpose, subject, rule }: Bucket<CrowdRule>): Promise<boolean> {
    const underWay = admitting.of(subject) + checking.of(subject);
    return underWay < rule.limit / 2 && (await throttles.calm(purpose, subject, rule));
  }

  async function admit({ ofName, ofAddress }: Buckets): Promise<Admission> {
    if (!ofAddress) return count(ofName);
    const early = await fewFrom(ofAddress);
    const [byAddress, beside] = await Promise.all([count(ofAddress), early ? count(ofName) : undefined]);
    if (!byAddress.ok) {
      if (beside?.ok) await giveBack(ofName);
      // A crowd logs in from there at this moment: in seconds there may be room again, without a pause.
      return checking.of(ofAddress.subject) > 0 ? refuse('overloaded', clock.now() + CROWDED_MS) : byAddress;
    }
    const byName = beside ?? (await count(ofName));
    if (!byName.ok) await giveBack(ofAddress);
    return byName;
  }

  return {
    /** This request will begin a try from that address, as {@link Progress.expect}. */
    expect(address: string): void {
      const { purpose, subject, rule } = ofAddress(address);
      throttles.expect(purpose, subject, rule);
    },

    async begin(tried: Tried): Promise<Try | Refusal> {
      const buckets = bucketsOf(tried);
      const admitted = await admitting.during(tried.address, () => admit(buckets));
      if (!admitted.ok) return admitted;
      const { ofName, ofAddress } = buckets;
      return {
        ...admitted,
        during: (check) => checking.during(tried.address, check),
        right: () => Promise.all([throttles.clear(ofName.purpose, ofName.subject), giveBack(ofAddress)]),
        takeBack: () => Promise.allSettled([giveBack(ofName), giveBack(ofAddress)]),
      };
    },
  };
}

/** How much of something is going on for each of many. */
function tally() {
  const counts = new Map<string, number>();
  const of = (whose: string) => counts.get(whose) ?? 0;

  async function during<T>(whose: string, work: () => Promise<T>): Promise<T> {
    counts.set(whose, of(whose) + 1);
    try {
      return await work();
    } finally {
      if (of(whose) > 1) counts.set(whose, of(whose) - 1);
      else counts.delete(whose);
    }
  }
  return { of, during };
}
