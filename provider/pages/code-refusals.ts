/** Refusals that belong to the field `code`, on every page that asks for one. */
export const AT_CODE = {
  'wrong-code': 'code',
  'code-used': 'code',
  'clock-fast': 'code',
  'clock-slow': 'code',
  'malformed-code': 'code',
} as const;
