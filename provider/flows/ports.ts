/**
 * The goals of a person, each a deep module: sign in, enrol, register a client or an account. Flows call the pure
 * core for decisions and these ports for everything else. They know no HTTP, no template and no database.
 *
 * This file is every interface that the outside must supply.
 */
export * from './ports/accounts.ts';
export * from './ports/clients.ts';
export * from './ports/mail.ts';
export * from './ports/secrets.ts';
export * from './ports/sessions.ts';
export * from './ports/sign-in.ts';
export * from './ports/system.ts';
