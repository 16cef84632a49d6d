/**
 * JSON written shorter, since Redis keeps all of it in memory: names of members make up a third of most documents. JSON has
 * no control characters, so one of them and a letter may stand for a piece of text that comes often. Text without any is
 * what it says. The lists are closed, for what is written with more of them the release before could not read: what is
 * not in them is written in full.
 */

/** Of members. The place of each stands in what was written. */
const NAMES =
  `id kind v at name accountId clientId username email language status roles person familyName givenName
  birthFamilyName birthGivenName birthdate placeOfBirth mothersBirthName password hash changedAt authenticators
  authenticatorId authenticatorName secret sealed keyId iv data boundAt lastUsedAt lastTimeStep codeFailures inARow
  deletionCode issuedAt createdAt closedAt indexMark chain seq previous mac first seal by level address because iat exp acr
  amr authTime claims id_token values scope scopes nonce grantId sessionUid expiresWithSession gty jti redirectUri
  codeChallenge codeChallengeMethod consumed openid resources payload uid loginTs transient authorizations sid
  persistsLogout origin idHash retired verified factor finishedFor userAgent givenAt document rotations`.split(
    /\s+/,
  );

/** In place of the id that the partition is called by: the key says it already. */
const OWN_ID = String.fromCharCode(30);

/** Of what stands in them; of two that begin alike the longer one comes first. */
const PHRASES = [
  'http://eidas.europa.eu/LoA/',
  'substantial',
  '$argon2id$v=19$m=19456,t=2,p=1$',
  '$argon2id$v=19$m=',
  '["pwd","otp","mfa"]',
  'AuthorizationCode',
  'authorization_code',
  '","language":"hu","status":"active","roles":[],"person":{"familyName":"',
  '},"password":{"hash":"$argon2id$v=19$m=19456,t=2,p=1$',
  '},"password":{"hash":"$argon2id$v=19$m=',
  '},"authenticators":[{"id":"',
  '","secret":{"keyId":"',
  '"},"boundAt":',
  ',"lastTimeStep":0}],"codeFailures":{"inARow":0},"createdAt":',
  '}],"codeFailures":{"inARow":0},"createdAt":',
  '},"deletionCode":{"id":"',
  '","kind":"totp","name":"Telefon, ',
  '{"kind":"account-created","at":',
  ',"by":{"kind":"command-line","id":"command-line","name":"kapu"}',
  ',"chain":{"seq":1,"previous":"","keyId":"',
  '{"seq":1,"mac":"',
  '","first":1,"keyId":"',
  '","v":1}',
  ',"v":1}',
  '":{"scope":"openid ',
  '{"id_token":{"acr":{"values":["',
  `{"id":"${OWN_ID}","username":"`,
];

/** Devices are called by the day on which they were bound. */
const MONTHS =
  'január február március április május június július augusztus szeptember október november december'.split(
    ' ',
  );
const inDate = (month: string) => `. ${month} `;

/** What may stand before and after a name: each pair of them has a control character, phrases and months have those after them. */
const BEFORE = ['{"', ',"', '","'];
const AFTER = ['":', '":"'];
const FIRST_LETTER = 0x21;

const MARKS = new Map(
  [
    ...BEFORE.flatMap((before) => AFTER.map((after) => NAMES.map((name) => before + name + after))),
    PHRASES,
    MONTHS.map(inDate),
  ].flatMap((pieces, group) =>
    pieces.map((piece, place) => [piece, String.fromCharCode(1 + group, FIRST_LETTER + place)] as const),
  ),
);
const PIECES = new Map(Array.from(MARKS, ([piece, mark]) => [mark, piece]));

const ANY_PHRASE = PHRASES.map((phrase) => phrase.replace(/\W/g, '\\$&')).join('|');
/** Milliseconds of the years 2001 to 2033, in base 36 after a character of their own. */
const INSTANT = String.fromCharCode(31);
const instant = (digits: string) => INSTANT + Number(digits).toString(36);
const digitsOf = (mark: string) => `${Number.parseInt(mark.slice(1), 36)}`;

const ANY_PIECE = new RegExp(`1\\d{12}|${ANY_PHRASE}|\\. (?:${MONTHS.join('|')}) |(?:",|[,{])"\\w+":"?`, 'g');
const ANY_MARK = new RegExp(
  `${INSTANT}[0-9a-z]{8}|[${String.fromCharCode(1)}-${String.fromCharCode(29)}].`,
  'g',
);

/** Of what was made up for one, like `account:<id>`: it has only letters that JSON writes as they are. */
const ownId = (partition: string) => /:([\w-]{12,})$/.exec(partition)?.[1];

/** `partition`: where it is to lie. */
export function shortened(json: string, partition: string): string {
  const own = ownId(partition);
  const text = own === undefined ? json : json.replaceAll(own, OWN_ID);
  return text.replace(ANY_PIECE, (piece) =>
    piece.startsWith('1') ? instant(piece) : (MARKS.get(piece) ?? piece),
  );
}

/** Undoes {@link shortened}; what was never written so stays as it is. */
export function inFull(text: string, partition: string): string {
  const json = text.replace(ANY_MARK, (mark) =>
    mark.startsWith(INSTANT) ? digitsOf(mark) : (PIECES.get(mark) ?? mark),
  );
  const own = ownId(partition);
  return own === undefined ? json : json.replaceAll(OWN_ID, own);
}
