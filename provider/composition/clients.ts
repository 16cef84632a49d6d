/** The flows around clients. They ask the provider of the moment, so they are made where one is at hand. */
import type Provider from 'oidc-provider';
import type { Env } from '../../config/env.ts';
import { TEST_CLIENTS } from '../../config/policy.ts';
import { clientApproval } from '../flows/client-approval.ts';
import { clientChanges } from '../flows/client-changes.ts';
import { clientLogo } from '../flows/client-logo.ts';
import { clientSecrets } from '../flows/client-secrets.ts';
import { metadataFault, registerClient } from '../flows/clients.ts';
import { ownClients } from '../flows/own-clients.ts';
import { SCOPES } from '../oidc/claims.ts';
import { clientRules } from '../oidc/client-rules.ts';
import type { Ports } from './ports.ts';

export type ClientFlows = ReturnType<typeof clientFlowsOf>;

export function clientFlowsOf(env: Env, ports: Ports, provider: () => Provider) {
  const rules = clientRules(provider, ports.outgoing);
  const policy = clientPolicyOf(env);
  const faultOf = metadataFault(rules, policy);
  const changing = {
    registerClient: registerClient({ ...ports, rules }, policy),
    clientChanges: clientChanges({ ...ports, faultOf }, env.clientApproval),
  };
  return {
    ...changing,
    clientLogo: clientLogo({ ...ports, ...changing }, env.issuer),
    clientSecrets: clientSecrets(ports, env.clientApproval),
    clientApproval: clientApproval(ports, env.clientApproval),
    ownClients: ownClients({ ...ports, ...changing }, { ...TEST_CLIENTS, scopes: SCOPES }),
  };
}

/** What every client is held to, whoever registers it. */
export function clientPolicyOf(env: Env) {
  return {
    acrValues: env.acrValues,
    substantialAcr: env.acrValues.substantial,
    loopbackAllowed: !env.production,
    plainHosts: env.outgoingAllowedHosts,
    testHosts: env.testHosts,
    approval: env.clientApproval,
  };
}
