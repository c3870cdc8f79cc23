import type { ErrorOut, KoaContextWithOIDC } from "oidc-provider";
import { escapeHtml, page } from "../http/page.ts";

/** An error that cannot be sent back to the client: JSON for a program, a page for a person. */
export function renderError(ctx: KoaContextWithOIDC, out: ErrorOut): void {
  if (ctx.accepts("json", "html") === "html") {
    ctx.type = "html";
    const description = out.error_description ?? "";
    ctx.body = page(
      "Innloggingen stoppet",
      `<p>Feilkode <code>${escapeHtml(out.error)}</code>: <span lang="en">${escapeHtml(description)}</span></p>`,
    );
    return;
  }
  ctx.type = "json";
  ctx.body = out;
}
