/** What the discovery document (OpenID Connect Discovery §3, RFC 8414 §2) says beyond what oidc-provider derives. */
import { ENABLED_ALGORITHMS } from './algorithms.ts';
import { PROMPT_OF } from './goals.ts';

export const CLIENT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;

export function discovery() {
  const signing = ENABLED_ALGORITHMS.clientAuthSigningAlgValues;
  return {
    claim_types_supported: ['normal'],
    // The policy is `oidc/policy.ts`; nobody chooses between accounts here.
    prompt_values_supported: ['none', 'login', 'consent', ...Object.values(PROMPT_OF)],
    request_parameter_supported: false,
    ui_locales_supported: ['hu', 'en'],
    // Nobody without a secret or a key is told about a token.
    introspection_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: signing,
    revocation_endpoint_auth_methods_supported: [...CLIENT_AUTH_METHODS],
    revocation_endpoint_auth_signing_alg_values_supported: signing,
  };
}
