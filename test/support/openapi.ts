/** An OpenAPI document as a stranger reads it: which operations there are, what to throw at them, and what they promise. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { Told } from './machine.ts';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>>;
}

interface Described {
  readonly operationId: string;
  readonly security: readonly [{ readonly oauth2: readonly [string] }];
  readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenApi extends Readonly<Record<string, unknown>> {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

export interface DescribedOperation {
  readonly path: string;
  readonly method: string;
  readonly scope: string;
  readonly responses: Described['responses'];
}

export function operationsIn({ paths }: OpenApi): DescribedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, responses }]) => ({
      path,
      method: method.toUpperCase(),
      scope: security[0].oauth2[0],
      responses,
    })),
  );
}

/** Answers what was not promised of an answer, undefined where all is as it should be. A fault is never promised. */
export function promisesOf(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', ...document });

  return ({ responses }: DescribedOperation, { status, type, body }: Told): string | undefined => {
    const promised = responses[`${status}`];
    if (status >= 500 || !promised) return `status ${status}`;
    const { content } = promised;
    if (!content) return undefined;
    const schema = content[type]?.schema;
    if (!schema) return `content type ${type}`;
    const told = type === 'application/x-ndjson' ? (body.lines as unknown[]) : [body];
    // Asked for by name it is compiled once; a schema handed over is compiled for each answer.
    const keeps = ajv.getSchema(`api${schema.$ref}`);
    if (!keeps) return `no schema ${schema.$ref}`;
    return told.every((one) => keeps(one)) ? undefined : ajv.errorsText(keeps.errors);
  };
}

const MEMBERS = [
  'why',
  'revision',
  'overlap_hours',
  'hosts',
  'scopes',
  'hours',
  'username',
  'email',
  'person',
];
const QUERY = ['limit', 'cursor', 'why', 'username', 'search', 'sort', 'outcome', 'x'];

/** Requests that nobody would send in earnest; `known` are ids of what there is. */
export function hostileRequests(known: readonly string[]) {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }).filter((text) => /^\P{Cs}*$/u.test(text)),
    fc.constantFrom('x', '%', '1', '"1"', '{}', ...known),
  );
  const segment = word.filter((text) => !['', '.', '..'].includes(text));
  const words = fc.array(fc.oneof(fc.webUrl(), word), { maxLength: 2 });
  const metadata = fc.record({
    client_id: word,
    client_name: word,
    redirect_uris: words,
    jwks: fc.jsonValue(),
    scope: word,
    grant_types: fc.constantFrom(['authorization_code'], ['client_credentials'], ['x']),
    resource_scopes: fc.jsonValue(),
  });
  const members = fc.dictionary(fc.constantFrom(...MEMBERS), fc.jsonValue());
  const near = fc.oneof(
    fc.record({ metadata }),
    members,
    fc.record({ username: word, data: fc.record({ email: fc.emailAddress(), birthdate: word }) }),
  );
  return fc.record({
    segments: fc.tuple(segment, segment),
    query: fc.dictionary(fc.constantFrom(...QUERY), word),
    tag: fc.constantFrom('"1"', '"2"', 'W/"1"', '*', '"99999999999999999"'),
    key: fc.constantFrom('', 'short', 'a-long-enough-key'),
    body: fc.oneof(
      fc.json(),
      near.map((value) => JSON.stringify(value)),
    ),
  });
}
