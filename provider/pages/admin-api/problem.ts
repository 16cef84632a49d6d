/** What is told to a program whose request was not carried out: problem details (RFC 9457). */
import { z } from 'zod';

/** The types are stable: programs go by them, and by no word of a title or detail. */
export const PROBLEMS = {
  'malformed-request': [400, 'The request can not be read'],
  'invalid-parameter': [400, 'A parameter or header is not as it must be'],
  unauthenticated: [401, 'The access token is missing, over, or not for this interface'],
  'insufficient-scope': [403, 'The access token does not have the scope that this takes'],
  'admins-only': [403, 'Only an admin may do this, at the console or the command line'],
  'not-found': [404, 'There is no such thing'],
  'method-not-allowed': [405, 'This can not be done here'],
  'client-id-taken': [409, 'There is a client with this client_id'],
  'similar-accounts': [
    409,
    'Somebody with this name or e-mail address is registered: `despite` does it all the same',
  ],
  'username-taken': [409, 'There is an account with this user name'],
  'wrong-state': [409, 'As things stand this can not be done'],
  'request-under-way': [409, 'A request with this Idempotency-Key is still under way'],
  'changed-meanwhile': [412, 'It was changed since you read it: read it again'],
  'too-large': [413, 'The body is larger than this takes'],
  'unsupported-type': [
    415,
    'The body is not of the type that this takes (JSON in UTF-8, unless it is a file), or is compressed',
  ],
  'invalid-content': [422, 'The content breaks a rule'],
  'key-reused': [422, 'This Idempotency-Key came with another request'],
  'precondition-required': [428, 'If-Match is missing: send the ETag of what you read'],
  'rate-limited': [429, 'Too many requests'],
  fault: [500, 'Something went wrong here'],
  unavailable: [503, 'The service can not work at the moment'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ProblemName = keyof typeof PROBLEMS;

/** What exactly is wrong: a place in the body (RFC 6901, as a fragment), a parameter or a header. */
export interface Fault {
  readonly detail: string;
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
}

export interface Refused {
  readonly ok: false;
  readonly problem: ProblemName;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  readonly retryAfterMs?: number;
}

export function refused(problem: ProblemName, detail?: string, errors?: readonly Fault[]): Refused {
  return { ok: false, problem, ...(detail && { detail }), ...(errors && { errors }) };
}

export const problemSchema = z.object({
  type: z.string().meta({ description: 'urn:problem-type:kapu:<name>; stable', format: 'uri' }),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().optional(),
  instance: z.string().optional().meta({ description: 'names this one in the log of the service' }),
  errors: z
    .array(
      z.object({
        detail: z.string(),
        pointer: z.string().optional().meta({ description: 'where in the body (RFC 6901)' }),
        parameter: z.string().optional(),
        header: z.string().optional(),
      }),
    )
    .optional(),
});

export function problemDocument({ problem, detail, errors }: Refused, requestId: string) {
  const [status, title] = PROBLEMS[problem];
  return {
    type: `urn:problem-type:kapu:${problem}`,
    title,
    status,
    ...(detail !== undefined && { detail }),
    instance: `urn:kapu:request:${requestId}`,
    ...(errors && { errors }),
  };
}
