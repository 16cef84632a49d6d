/** The demo portal's pages: HTML from values, everything that is printed escaped. */

/** What the portal knows of whoever is logged in. */
export interface Visitor {
  readonly idToken: Readonly<Record<string, unknown>>;
  readonly userInfo: Readonly<Record<string, unknown>>;
}

interface Words {
  readonly hu: string;
  readonly en: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

function page(heading: Words, body: string): string {
  return `<!doctype html>
<html lang="hu">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(heading.hu)} – Mintaportál</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><p>Mintaportál <span lang="en">Demo portal</span></p></header>
<main>
<h1>${escaped(heading.hu)} <span lang="en">${escaped(heading.en)}</span></h1>
${body}
</main>
<footer><p>Csak kipróbálásra. <span lang="en">For trying out only.</span></p></footer>
</body>
</html>
`;
}

const link = (href: string, { hu, en }: Words, kind = 'button') =>
  `<a class="${kind}" href="${escaped(href)}">${escaped(hu)} <span lang="en">${escaped(en)}</span></a>`;

const LOG_IN = link('/login', { hu: 'Bejelentkezés', en: 'Log in' });
const LOG_IN_PLUS = link('/login/plus', {
  hu: 'Bejelentkezés Ügyfélkapu+-szal',
  en: 'Log in with Ügyfélkapu+',
});
const LOG_OUT = `<form method="post" action="/logout"><button class="button quiet" type="submit">Kijelentkezés <span lang="en">Log out</span></button></form>`;
const HOME = link('/', { hu: 'Vissza a kezdőlapra', en: 'Back to the start' });

export function homePage(): string {
  const greeting = `<p>Ügyeit bejelentkezés után intézheti. <span lang="en">Log in to go on.</span></p>`;
  return page(
    { hu: 'Üdvözöljük', en: 'Welcome' },
    `${greeting}\n<div class="ways">${LOG_IN}\n${LOG_IN_PLUS}</div>`,
  );
}

export function visitorPage({ idToken, userInfo }: Visitor, steppedUp: boolean): string {
  const name = userInfo.name ?? idToken.sub;
  return page(
    { hu: 'Be van jelentkezve', en: 'You are logged in' },
    `<p>${escaped(String(name))}</p>
${claimsTable({ hu: 'Az azonosító token állításai', en: 'ID token claims' }, idToken)}
${claimsTable({ hu: 'A UserInfo végpont válasza', en: 'UserInfo' }, userInfo)}
<div class="ways">${steppedUp ? '' : LOG_IN_PLUS}
${LOG_OUT}</div>`,
  );
}

export function messagePage(heading: Words, message: Words, detail?: string): string {
  const small = detail === undefined ? '' : `\n<p><code>${escaped(detail)}</code></p>`;
  return page(
    heading,
    `<p>${escaped(message.hu)} <span lang="en">${escaped(message.en)}</span></p>${small}
<div class="ways">${HOME}</div>`,
  );
}

function claimsTable(caption: Words, claims: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(claims).map(
    ([name, value]) =>
      `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${escaped(inWords(name, value))}</td></tr>`,
  );
  return `<table>
<caption>${escaped(caption.hu)} <span lang="en">${escaped(caption.en)}</span></caption>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

const TIMES = new Set(['auth_time', 'iat', 'exp', 'nbf', 'updated_at']);

function inWords(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const written = JSON.stringify(value);
  return TIMES.has(name) && typeof value === 'number'
    ? `${written} (${new Date(value * 1000).toISOString()})`
    : written;
}
