/** Holds what a portal's software registers by itself (RFC 7591) to the agreement that its token carries. */
import { type AcrValues, atLeast, type Level, levelOfAcr } from './assurance.ts';
import { type Agreement, type ClientMetadata, OWN_METADATA } from './client.ts';

export type Agreed =
  | { readonly ok: true; readonly metadata: Partial<ClientMetadata> }
  | { readonly ok: false; readonly detail: string };

/** Of the properties that are ours, those that a portal may say of itself; the others are an admin's to give. */
const SELF_SERVICE: readonly string[] = ['client_name#hu', 'client_name#en', 'fapi'];
const ADMINS_ONLY = OWN_METADATA.filter((name) => !SELF_SERVICE.includes(name));

/** Everything that leads somewhere. */
const ADDRESSES = [
  'redirect_uris',
  'post_logout_redirect_uris',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'jwks_uri',
  'sector_identifier_uri',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
] as const;

/** Holds wanted metadata to the agreement; where it is silent, the agreement speaks. */
export function agreed(wanted: Partial<ClientMetadata>, agreement: Agreement, acrValues: AcrValues): Agreed {
  const metadata = {
    scope: agreement.scopes.join(' '),
    default_acr_values: [acrValues[agreement.level]],
    grant_types: ['authorization_code'],
    ...without(wanted, ADMINS_ONLY),
    subject_type: 'pairwise',
    registration_agreement: agreement,
  };
  const detail =
    addressBeyond(metadata, agreement) ??
    beyond('scope', metadata.scope.split(' '), agreement.scopes) ??
    beyond('grant_types', metadata.grant_types, agreement.grantTypes) ??
    levelBelow(metadata.default_acr_values, agreement.level, acrValues);
  return detail === undefined ? { ok: true, metadata } : { ok: false, detail };
}

function addressBeyond(metadata: Partial<ClientMetadata>, { hosts }: Agreement): string | undefined {
  for (const name of ADDRESSES) {
    const strange = [metadata[name] ?? []].flat().find((address) => !hosts.includes(hostOf(String(address))));
    if (strange !== undefined) return `${name}: the agreement does not cover the host of ${strange}`;
  }
  return undefined;
}

/** None where the scheme is an application's own: whose that is, no host says. */
function hostOf(address: string): string {
  if (!URL.canParse(address)) return '';
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? hostname : '';
}

function beyond(name: string, wanted: readonly string[], allowed: readonly string[]): string | undefined {
  const strange = wanted.find((one) => !allowed.includes(one));
  return strange && `${name}: the agreement does not cover ${strange}`;
}

/** Of `default_acr_values` the first known one is the floor; see {@link demandedLevel}. */
function levelBelow(acrs: readonly string[], least: Level, acrValues: AcrValues): string | undefined {
  const floor = acrs.flatMap((acr) => levelOfAcr(acr, acrValues) ?? [])[0] ?? 'substantial';
  return atLeast(floor, least) ? undefined : `default_acr_values: must not be below ${acrValues[least]}`;
}

function without<T extends object>(values: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name))) as T;
}
