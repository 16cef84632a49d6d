/** oidc-provider's own rules for client metadata, asked without storing anything. */
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { ClientRules } from '../flows/ports.ts';

export function clientRules(provider: Provider): ClientRules {
  return {
    fault(metadata) {
      try {
        // The types hide the constructor; it is how the library itself validates (`lib/helpers/add_client.js`).
        Reflect.construct(provider.Client, [metadata]);
        return undefined;
      } catch (error) {
        if (!(error instanceof errors.OIDCProviderError)) throw error;
        return error.error_description ?? error.message;
      }
    },
  };
}
