import type { KoaContextWithOIDC } from "oidc-provider";
import { page } from "../http/page.ts";

/** Asks before a login ends; `form` is oidc-provider's, and the buttons belong to it by its id. */
export function askToLogOut(ctx: KoaContextWithOIDC, form: string): void {
  ctx.type = "html";
  ctx.body = page(
    "Logg ut",
    `${form}
<button form="op.logoutForm" name="logout" value="yes">Ja, logg ut</button>
<button form="op.logoutForm">Nei, fortsett å være innlogget</button>`,
  );
}

export function loggedOut(ctx: KoaContextWithOIDC): void {
  ctx.type = "html";
  ctx.body = page("Du er logget ut", "<p>Du kan lukke vinduet.</p>");
}
