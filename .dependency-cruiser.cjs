/**
 * Imports run one way: `main -> app, routes -> pages -> flows -> core`, and `adapters -> flows/ports, core`.
 * Type-only imports count like all others.
 */

/** Everything of ours, so that a rule may say what is allowed instead of what is not. */
const OURS = '^(provider|adapters|config|scripts|test)/';
const COMPOSITION = '^provider/(composition/|[^/]+\\.ts$)';

/** A folder may import from ours only what `allowed` matches. */
function only(name, from, allowed, comment) {
  return { name, comment, severity: 'error', from: { path: from }, to: { path: OURS, pathNot: allowed } };
}

/** Code that matches `from` may use no package but `allowed` and, with `node`, Node's own modules. */
function packages(
  name,
  from,
  allowed,
  comment,
  types = ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown', 'core'],
) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from },
    to: { dependencyTypes: types, pathNot: allowed },
  };
}

/** A package that only `home` may import; benchmarks and tests look at the engine from outside. */
function residesIn(dependency, home) {
  return {
    name: `${dependency}-in-one-place`,
    comment: `${dependency} is imported in one place, so that it can be replaced there.`,
    severity: 'error',
    from: { path: '^(provider|adapters|config)/', pathNot: home },
    to: { path: `node_modules/${dependency}/` },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment:
        'A circle is one module in two files. A worker and who starts it share the types of their messages.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { pathNot: '\\.worker\\.ts$' } },
    },
    {
      name: 'resolvable',
      comment: 'Every import must lead somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'A package must stand in package.json; what runs in production among the dependencies.',
      severity: 'error',
      from: { path: '^(provider|adapters|config)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    only('core-is-pure', '^provider/core/', '^provider/core/', 'core: values in, values out.'),
    packages(
      'core-uses-otplib-only',
      '^provider/core/',
      'node_modules/@?otplib/',
      'core: no I/O, no framework.',
    ),
    only('flows', '^provider/flows/', '^provider/(flows|core)/', 'flows know core and their ports.'),
    packages(
      'flows-use-crypto-only',
      '^provider/flows/',
      '^crypto$',
      'flows know no HTTP, no template, no database.',
    ),
    only('oidc', '^provider/oidc/', '^provider/(oidc|flows|core)/', 'oidc knows no page and no store.'),
    only('pages', '^provider/pages/', '^provider/(pages|oidc|flows|core)/', 'pages know flows and oidc.'),
    {
      name: 'composition-is-nobodys',
      comment: 'What puts the parts together is imported by no part.',
      severity: 'error',
      from: { path: '^(provider|adapters|config)/', pathNot: COMPOSITION },
      to: { path: COMPOSITION },
    },
    only(
      'adapters',
      '^adapters/',
      '^(adapters/|provider/core/|provider/flows/ports(/|\\.ts$))',
      'adapters fill the ports of flows.',
    ),
    only('config', '^config/', '^(config/|provider/core/)', 'config knows the types of core.'),
    residesIn('redis', '^adapters/redis/'),
    residesIn('prom-client', '^adapters/(metrics|worker-figures)\\.ts$'),
    residesIn('lmdb', '^adapters/embedded-tables\\.ts$'),
    {
      name: 'scripts-and-tests-serve',
      comment: 'Nobody imports scripts or tests except themselves.',
      severity: 'error',
      from: { path: '^(provider|adapters|config)/' },
      to: { path: '^(scripts|test)/' },
    },
    {
      name: 'scripts-need-no-tests',
      comment: "Scripts run without the tests; benchmarks measure with the tests' own actors.",
      severity: 'error',
      from: { path: '^scripts/', pathNot: '^scripts/bench/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
