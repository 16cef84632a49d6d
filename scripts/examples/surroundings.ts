/** What an example is told by its environment, with what fits the demo in place of what is missing. */
export function surroundings(defaultPort: number) {
  const { env: variables } = process;
  const port = Number(variables.PORT ?? defaultPort);
  return {
    variables,
    port,
    issuer: variables.ISSUER ?? 'http://localhost:3000',
    url: variables.PORTAL ?? `http://localhost:${port}`,
    clientId: variables.CLIENT_ID ?? '',
  };
}
