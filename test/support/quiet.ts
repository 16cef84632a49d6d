/** oidc-provider warns at import on Node 20, which we support; every test file would repeat it. */
const { warn } = console;

console.warn = (...words: unknown[]) => {
  if (!String(words[0]).includes('Unsupported runtime')) warn(...words);
};
