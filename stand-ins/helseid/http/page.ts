const STYLE = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
button{display:block;width:100%;margin:.5rem 0;padding:.8rem;font:inherit;text-align:left;cursor:pointer}
.notice{border-left:.4rem solid #b35900;background:#fff4e5;padding:.8rem 1rem}`;

/** A page in bokmål that says what it is not. `content` is HTML, already escaped. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="nb">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>
<p class="notice">Dette er en stedfortreder for HelseID, bare til utvikling og test.
Den beviser ikke hvem noen er, og skal aldri brukes på ordentlig.</p>
<main><h1>${escapeHtml(title)}</h1>
${content}
</main></body></html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
