/** The flows around clients. They ask the provider of the moment, so they are made where one is at hand. */
import type Provider from 'oidc-provider';
import type { Env } from '../../config/env.ts';
import { clientChanges } from '../flows/client-changes.ts';
import { metadataFault, registerClient } from '../flows/clients.ts';
import { clientRules } from '../oidc/client-rules.ts';
import type { Ports } from './ports.ts';

export function clientFlowsOf(env: Env, ports: Ports, provider: () => Provider) {
  const rules = clientRules(provider, ports.outgoing);
  const policy = clientPolicyOf(env);
  return {
    registerClient: registerClient({ ...ports, rules }, policy),
    clientChanges: clientChanges({ ...ports, faultOf: metadataFault(rules, policy) }),
  };
}

/** What every client is held to, whoever registers it. */
export function clientPolicyOf(env: Env) {
  return {
    acrValues: env.acrValues,
    substantialAcr: env.acrValues.substantial,
    loopbackAllowed: !env.production,
    plainHosts: env.outgoingAllowedHosts,
  };
}
