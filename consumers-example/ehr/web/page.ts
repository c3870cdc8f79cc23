import { html, type SafeHtml } from "./html.ts";

/** Who looks at the page, when somebody is logged in. */
export type Viewer = { readonly name: string; readonly csrf: string };

export type PageOptions = {
  readonly system: string;
  readonly title: string;
  readonly viewer?: Viewer | undefined;
};

/** A whole page in bokmål around its content. */
export function page({ system, title, viewer }: PageOptions, content: SafeHtml): string {
  return html`<!doctype html>
    <html lang="nb">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – ${system}</title>
        <link rel="stylesheet" href="/stil.css" />
      </head>
      <body>
        <a class="skip" href="#innhold">Hopp til innholdet</a>
        <header>
          <p class="system"><a href="/">${system}</a></p>
          ${viewer === undefined ? undefined : loggedIn(viewer)}
        </header>
        <main id="innhold">
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`.text;
}

function loggedIn({ name, csrf }: Viewer): SafeHtml {
  return html`<p>Innlogget: ${name}</p>
    <form method="post" action="/logg-ut">
      <input type="hidden" name="csrf" value="${csrf}" />
      <button>Logg ut</button>
    </form>`;
}
