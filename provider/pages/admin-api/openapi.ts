/** The OpenAPI 3.1 document, made from the operations and the very schemas that requests are held against. */
import { z } from 'zod';
import { NDJSON, type Operation, paramsOf, problemsOf } from './operation.ts';
import { PROBLEMS, problemSchema } from './problem.ts';
import { SHAPES } from './shapes.ts';

export interface DocumentFacts {
  readonly issuer: string;
  /** The address of this interface. */
  readonly audience: string;
}

const SCOPES = {
  'clients:read': 'See clients, their versions, what waits for approval, and initial access tokens',
  'clients:write': 'Register, change and remove clients; issue initial access tokens',
  'accounts:read': 'See accounts and their sessions',
  'accounts:write': 'Register and change accounts, end sessions',
  'history:read': 'See what happened to an account, and what staff and programs did',
  'letters:read': 'See which mails and notices to portals were given up',
  'letters:write': 'Send them again, or drop them',
} as const satisfies Readonly<Record<Operation['scope'], string>>;

const ABOUT = `What the console does, for programs. An admin gives a client \`admin_scopes\`; with the grant type
client_credentials and this address as \`resource\` it gets access tokens of ten minutes (bound to a key with DPoP, if it likes).
Times are ISO 8601 in UTC. Lists come in pages: send \`next\` back as \`cursor\`. Unknown members of a request are refused;
answers may grow by new ones.`;

export function openApiDocument(operations: readonly Operation[], { issuer, audience }: DocumentFacts) {
  return {
    openapi: '3.1.0',
    info: { title: 'Admin API', version: '1.0.0', description: ABOUT },
    servers: [{ url: audience }],
    security: [{ oauth2: [] }],
    paths: pathsOf(operations),
    components: {
      schemas: { ...componentsOf(), Problem: plain(z.toJSONSchema(problemSchema, { io: 'input' })) },
      securitySchemes: {
        oauth2: {
          type: 'oauth2',
          flows: { clientCredentials: { tokenUrl: `${issuer}/token`, scopes: SCOPES } },
        },
      },
    },
  };
}

function pathsOf(operations: readonly Operation[]): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const one of operations) {
    paths[one.path] = { ...paths[one.path], [one.method]: operationObject(one) };
  }
  return paths;
}

function operationObject(one: Operation) {
  const { id, summary, scope } = one;
  return {
    operationId: id,
    summary,
    tags: [one.path.split('/')[1]],
    security: [{ oauth2: [scope] }],
    parameters: [...paramsOf(one.path).map(inPath), ...inQuery(one), ...inHeaders(one)],
    ...bodyOf(one),
    responses: responsesOf(one),
  };
}

/** A file is bytes, of which no schema has anything to say. */
function bodyOf({ body, file }: Operation) {
  const content = {
    ...(body && { 'application/json': { schema: refOf(body) } }),
    ...(file && { [file.type]: {} }),
  };
  return Object.keys(content).length > 0 ? { requestBody: { required: true, content } } : {};
}

const inPath = (name: string) => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', minLength: 1 },
});

function inQuery({ query }: Operation) {
  if (!query) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'output' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name) && !hasDefault(schema),
    schema,
  }));
}

const hasDefault = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && 'default' in schema;

function inHeaders({ guarded, creates }: Operation) {
  const text = { type: 'string' };
  return [
    ...(guarded ? [{ name: 'If-Match', in: 'header', required: true, schema: text }] : []),
    ...(creates
      ? [{ name: 'Idempotency-Key', in: 'header', schema: { ...text, pattern: '^[\\x21-\\x7e]{8,200}$' } }]
      : []),
  ];
}

function responsesOf(one: Operation): Record<string, object> {
  const { answer, waiting } = one;
  const names = problemsOf(one);
  const statuses = new Set(names.map((name) => PROBLEMS[name][0]));
  return {
    [answer.status]: {
      description: answer.about,
      headers: headersOf(answer.etag ? ['ETag'] : []),
      ...(answer.schema && {
        content: { [answer.lines ? NDJSON : 'application/json']: { schema: refOf(answer.schema) } },
      }),
    },
    ...(waiting && {
      202: {
        description: waiting.about,
        headers: headersOf(['ETag']),
        content: { 'application/json': { schema: refOf(waiting.schema) } },
      },
    }),
    ...Object.fromEntries(
      [...statuses].map((status) => [
        status,
        problemResponse(names.filter((name) => PROBLEMS[name][0] === status)),
      ]),
    ),
  };
}

function problemResponse(names: readonly (keyof typeof PROBLEMS)[]) {
  return {
    description: names.map((name) => `\`${name}\`: ${PROBLEMS[name][1]}`).join('. '),
    headers: headersOf([]),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function headersOf(more: readonly string[]) {
  const names = ['RateLimit', 'RateLimit-Policy', ...more];
  return Object.fromEntries(names.map((name) => [name, { schema: { type: 'string' } }]));
}

function refOf(schema: z.ZodType) {
  const named = SHAPES.get(schema);
  if (!named) throw new Error('a schema of the Admin API has no name');
  return { $ref: addressIn(named.id) };
}

const addressIn = (id: string) => `#/components/schemas/${id}`;

function componentsOf(): Record<string, object> {
  const { schemas } = z.toJSONSchema(SHAPES, { uri: addressIn, io: 'input' });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)]));
}

/** Inside the document they are neither documents of their own nor of another dialect. */
function plain({ $schema: _, $id: __, ...schema }: Readonly<Record<string, unknown>>): object {
  return schema;
}
