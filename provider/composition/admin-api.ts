/** The Admin API over the flows that console and command line call, too. */
import type Provider from 'oidc-provider';
import type { Env } from '../../config/env.ts';
import { ADMIN_API_RATE } from '../../config/policy.ts';
import { adminApi } from '../pages/admin-api/serve.ts';
import { operationsOf } from '../pages/admin-api/table.ts';
import type { ClientFlows } from './clients.ts';
import type { Flows } from './flows.ts';
import type { Ports } from './ports.ts';

export function adminApiOf(env: Env, ports: Ports, flows: Flows & ClientFlows, provider: Provider) {
  const { sessions } = ports.storage;
  const at = { ...ports, ...flows, sessions, provider };
  return adminApi(operationsOf(at), at, { issuer: env.issuer, rate: ADMIN_API_RATE });
}
