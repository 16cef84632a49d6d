/** Templates: compiled once a process, and put together without a look at the disk. */
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import ejs, { type TemplateFunction } from 'ejs';

export interface Templates {
  /** `views/<view>.ejs`, with all that is printed escaped for HTML unless the view is plain text. */
  drawn(view: string, locals: object): string;
  /** Compiles all, one at a time, so that nobody waits long for the first of a page. */
  compileAll(): Promise<void>;
}

/** For HTML, as templates do it. */
export const escaped: (text: string) => string = ejs.escapeXML;

export function templatesIn(viewsDir: string): Templates {
  const fileOf = (view: string) => path.join(viewsDir, `${view}.ejs`);

  function compiled(view: string, source: string): TemplateFunction {
    const filename = fileOf(view);
    // Locals come without a prototype as it is: they need not be copied once more for each template.
    const how = { filename, unsafePrototypeLocals: true, ...(view.endsWith('.text') && { escape: String }) };
    const template = ejs.compile(source, how);
    ejs.cache.set(filename, template);
    return template;
  }

  const templateOf = (view: string): TemplateFunction =>
    ejs.cache.get(fileOf(view)) ?? compiled(view, readFileSync(fileOf(view), 'utf8'));

  function drawn(view: string, locals: object): string {
    const own: object = Object.assign(Object.create(null), locals, {
      // In place of the library's, which makes a path of every name and copies all locals each time.
      include: (name: string, more?: object) =>
        more ? drawn(name.slice(1), { ...own, ...more }) : templateOf(name.slice(1))(own),
    });
    return templateOf(view)(own);
  }

  return {
    drawn,
    async compileAll() {
      for (const file of await readdir(viewsDir, { recursive: true })) {
        if (!file.endsWith('.ejs')) continue;
        const view = file.slice(0, -'.ejs'.length);
        const source = await readFile(fileOf(view), 'utf8');
        if (ejs.cache.get(fileOf(view)) === undefined) compiled(view, source);
        await setImmediate();
      }
    },
  };
}
