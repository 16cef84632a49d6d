/** A browser without JavaScript: cookies, redirects within the product, and forms as the pages show them. */
import { globalAgent } from 'node:http';
import supertest from 'supertest';

export interface Page {
  readonly status: number;
  /** Path and query within the product. */
  readonly path: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the browser was sent when that was outside the product: the portal. */
  readonly left?: string;
}

export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

const MAX_REDIRECTS = 15;
/** Where cookies of the product are sent to, in the words of supertest's jar. */
const OWN = { path: '/', domain: 'localhost', secure: false, script: false };

export class Browser {
  readonly issuer: string;
  readonly agent: ReturnType<typeof supertest.agent>;
  readonly headers: Readonly<Record<string, string>>;
  page: Page = { status: 0, path: '', html: '', headers: {} };

  /** `ca`: certificates (PEM) to trust beside nobody. */
  constructor(issuer: string, headers: Readonly<Record<string, string>> = {}, ca?: string) {
    this.issuer = issuer;
    this.agent = supertest.agent(issuer, ca === undefined ? {} : { ca });
    // As browsers do, it goes on with a connection that is there.
    if (issuer.startsWith('http:'))
      this.agent.use((request: supertest.Test) => void request.agent(globalAgent));
    this.headers = { accept: 'text/html', ...headers };
  }

  async open(href: string): Promise<Page> {
    return this.#arrive(await this.ask(href), this.#pathOf(href));
  }

  async post(href: string, fields: Readonly<Record<string, string>> | string): Promise<Page> {
    return this.#arrive(await this.#sent(href, fields), this.#pathOf(href));
  }

  /** The answer alone: no redirect is followed, and the page stays what it is. */
  ask(href: string): supertest.Test {
    return this.agent
      .get(this.#pathOf(href))
      .set(this.headers)
      .redirects(0)
      .ok(() => true);
  }

  /** The same for a form of this page: for what is sent more than once, or at the same moment as something else. */
  send(step: string, fields: Readonly<Record<string, string>> = {}): supertest.Test {
    const form = this.form(step);
    return this.#sent(form.action, { ...form.fields, ...fields });
  }

  #sent(href: string, fields: Readonly<Record<string, string>> | string): supertest.Test {
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
    return this.agent
      .post(this.#pathOf(href))
      .set({ origin: this.issuer, ...this.headers, 'content-type': 'application/x-www-form-urlencoded' })
      .send(body)
      .redirects(0)
      .ok(() => true);
  }

  /** Fills in the form of the page whose address ends with `step` and sends it. */
  async submit(step: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const form = this.form(step);
    return this.post(form.action, { ...form.fields, ...fields });
  }

  form(step: string): Form {
    const form = formsOf(this.page.html).find(({ action }) => action.endsWith(step));
    if (!form) throw new Error(`no form for ${step} on ${this.page.path}:\n${textOf(this.page.html)}`);
    return form;
  }

  hasForm(step: string): boolean {
    return formsOf(this.page.html).some(({ action }) => action.endsWith(step));
  }

  cookie(name: string): string | undefined {
    return this.agent.jar.getCookie(name, OWN as never)?.value;
  }

  /** What a person reads. */
  get text(): string {
    return textOf(this.page.html);
  }

  async #arrive(first: supertest.Response, path: string): Promise<Page> {
    let response = first;
    let at = path;
    for (let hops = 0; hops < MAX_REDIRECTS; hops += 1) {
      const location = response.headers.location;
      if (response.status < 300 || response.status >= 400 || !location) break;
      if (!this.#isOwn(location)) {
        this.page = {
          status: response.status,
          path: at,
          html: '',
          headers: response.headers,
          left: location,
        };
        return this.page;
      }
      at = this.#pathOf(location);
      response = await this.ask(at);
    }
    this.page = { status: response.status, path: at, html: response.text ?? '', headers: response.headers };
    return this.page;
  }

  #isOwn(href: string): boolean {
    return new URL(href, this.issuer).origin === this.issuer;
  }

  #pathOf(href: string): string {
    const { pathname, search } = new URL(href, this.issuer);
    return pathname + search;
  }
}

export function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].map(
    ([, action = '', inner = '']) => ({
      action: unescaped(action),
      fields: fieldsOf(inner),
    }),
  );
}

function fieldsOf(html: string): Record<string, string> {
  const inputs = [...html.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag);
  const kept = inputs.filter((tag) => !/type="(?:checkbox|radio|submit)"/.test(tag));
  const pairs = kept.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')]);
  return Object.fromEntries(pairs.filter(([name]) => name));
}

export function attribute(tag: string, name: string): string {
  return unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
}

export function unescaped(html: string): string {
  return html
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;|&#34;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
}

export function textOf(html: string): string {
  const body = html.replace(/<(script|style|title)\b[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ');
  return unescaped(body).replace(/\s+/g, ' ').trim();
}
