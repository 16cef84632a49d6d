/** Containers, manifests and the unit: what can be held against the product without running them. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { UPLOAD_LIMIT } from '../../config/policy.ts';
import { missingInProduction } from '../../config/production.ts';
import { VARIABLES } from '../../config/variables.ts';

const read = (file: string) => readFileSync(file, 'utf8');

const manifests = ['kapu.yaml', 'secret.example.yaml'].flatMap((file) =>
  parseAllDocuments(read(`scripts/deploy/kubernetes/${file}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  }),
);
const manifest = (kind: string) => manifests.find((one) => one.kind === kind);
const composed = parse(read('compose.yaml'));
const dockerfile = read('Dockerfile');
const unit = read('scripts/deploy/systemd/kapu.service');

/** Of the whole way that the configuration takes. */
const GIVEN = {
  kubernetes: Object.keys({ ...manifest('ConfigMap').data, ...manifest('Secret').stringData }),
  compose: Object.keys(composed.services.kapu.environment),
  Dockerfile: [...(/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? '').matchAll(/(\w+)=/g)].map(([, name]) => name),
  systemd: [...(/^Environment=(.*)$/m.exec(unit)?.[1] ?? '').matchAll(/(\w+)=/g)].map(([, name]) => name),
};

it.each(Object.entries(GIVEN))('%s sets variables that there are, and no others', (_, names) => {
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(VARIABLES).toContain(name);
});

it.each(['kubernetes', 'compose'] as const)('%s gives everything that production demands', (where) => {
  const given = Object.fromEntries(GIVEN[where].map((name) => [name, 'https://abcdefghijklmnop']));
  expect(missingInProduction(given)).toEqual([]);
});

it('probes ask addresses that there are: restarts hang on the process alone, traffic on the store too', () => {
  const [container] = manifest('Deployment').spec.template.spec.containers;
  expect(container.livenessProbe.httpGet.path).toBe('/health/live');
  expect(container.readinessProbe.httpGet.path).toBe('/health/ready');
  expect(dockerfile).toContain('/health/ready');
});

it('nothing runs as root or writes where it need not', () => {
  const { securityContext, containers } = manifest('Deployment').spec.template.spec;
  expect(securityContext).toMatchObject({ runAsNonRoot: true });
  expect(containers[0].securityContext).toMatchObject({
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
  });
  expect(composed.services.kapu).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  expect(dockerfile.split('FROM').at(-1)).toMatch(/^USER 1000:1000$/m);
  expect(unit).toMatch(/^DynamicUser=yes$/m);
});

it('every manifest names the pods of the deployment', () => {
  const { labels } = manifest('Deployment').spec.template.metadata;
  expect(manifest('Service').spec.selector).toEqual(labels);
  for (const kind of ['PodDisruptionBudget', 'Deployment'])
    expect(manifest(kind).spec.selector.matchLabels).toEqual(labels);
  expect(manifest('NetworkPolicy').spec.podSelector.matchLabels).toEqual(labels);
  const { minReplicas, scaleTargetRef } = manifest('HorizontalPodAutoscaler').spec;
  expect(scaleTargetRef).toMatchObject({ kind: 'Deployment', name: manifest('Deployment').metadata.name });
  expect(minReplicas).toBeGreaterThan(manifest('PodDisruptionBudget').spec.minAvailable);
});

it("compose's Redis neither evicts nor forgets", () => {
  expect(composed.services.redis.command.join(' ')).toMatch(
    /--appendonly yes .*--maxmemory-policy noeviction/,
  );
});

it('what the image is built from is there, and let in', () => {
  const letIn =
    read('.dockerignore')
      .match(/^!.+$/gm)
      ?.map((line) => line.slice(1)) ?? [];
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' '),
  );
  expect(copies.length).toBeGreaterThan(5);
  for (const name of copies) {
    expect(existsSync(name)).toBe(true);
    expect(letIn).toContain(name);
  }
});

it('nginx lets the largest upload through that Kapu takes', () => {
  const [, kibibytes] = /client_max_body_size (\d+)k;/.exec(read('scripts/deploy/nginx/kapu.conf')) ?? [];
  expect(Number(kibibytes) * 1024).toBeGreaterThan(UPLOAD_LIMIT);
});
