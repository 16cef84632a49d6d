/** A device as its owner knows it. */
import type { Account, Authenticator, Language } from '../core/account.ts';
import type { Visit } from './page.ts';
import { date, dateTime, LANGUAGES } from './texts.ts';

type Reader = Pick<Visit, 'language' | 't'>;

export function deviceInWords(device: Authenticator, reader: Reader) {
  const { id, boundAt, lastUsedAt } = device;
  return {
    id,
    name: deviceName(device, reader),
    boundAt: dateTime(reader.language, boundAt),
    ...(lastUsedAt !== undefined && { lastUsedAt: dateTime(reader.language, lastUsedAt) }),
  };
}

/** What the owner calls it. A name that we gave, in the language that they had then, is told in the reader's. */
function deviceName({ name, boundAt }: Pick<Authenticator, 'name' | 'boundAt'>, { language, t }: Reader) {
  const unnamed = (lng: Language) => t('device.unnamed', { lng, date: date(lng, boundAt) });
  return LANGUAGES.some((lng) => unnamed(lng) === name) ? unnamed(language) : name;
}

/** Tells the devices that an account has or had by the names that they had at the time. */
export function namesOfDevices(
  { authenticators, formerAuthenticators = [] }: Pick<Account, 'authenticators' | 'formerAuthenticators'>,
  reader: Reader,
) {
  const boundAts = new Map(
    [...authenticators, ...formerAuthenticators].map(({ id, boundAt }) => [id, boundAt]),
  );
  return (id: string | undefined, name: string) => {
    const boundAt = id === undefined ? undefined : boundAts.get(id);
    return boundAt === undefined ? name : deviceName({ name, boundAt }, reader);
  };
}
