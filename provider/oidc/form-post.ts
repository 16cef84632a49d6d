/** `response_mode=form_post` with a page of ours: the library's own is in English and runs an inline script. */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

export type FormPostPage = (
  ctx: KoaContextWithOIDC,
  action: string,
  fields: Readonly<Record<string, string>>,
) => Promise<void>;

type ProviderClass = typeof Provider;

/** The constructor registers the stock modes by this method, and a mode can't be registered twice. */
export function withOwnFormPost(Base: ProviderClass, page: FormPostPage): ProviderClass {
  return class extends Base {
    override registerResponseMode(...[name, handler]: Parameters<Provider['registerResponseMode']>): void {
      super.registerResponseMode(name, name === 'form_post' ? respond : handler);
    }
  };

  async function respond(ctx: KoaContextWithOIDC, action: string, payload: object): Promise<void> {
    const fields = Object.entries(payload).map(([field, value]) => [field, String(value)]);
    await page(ctx, action, Object.fromEntries(fields));
  }
}
