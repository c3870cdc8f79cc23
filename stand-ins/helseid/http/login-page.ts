import type { KnownPractitioner } from "../registration/directory.ts";
import { escapeHtml, page } from "./page.ts";

/** The page where one picks who to be; a script posts the same form, with `sub`. */
export function loginPage(clientName: string, people: readonly KnownPractitioner[]): string {
  const choices = people.map(
    (person) =>
      `<button name="sub" value="${escapeHtml(person.sub)}">${escapeHtml(person.name)}${hpr(person)}</button>`,
  );
  return page(
    "Logg inn",
    `<p>${escapeHtml(clientName)} ber om innlogging. Velg et oppdiktet helsepersonell:</p>
<form method="post">${choices.join("\n")}
<button name="cancel" value="true">Avbryt</button></form>`,
  );
}

function hpr({ hprNumber }: KnownPractitioner): string {
  return hprNumber === undefined ? "" : ` (HPR-nummer ${escapeHtml(hprNumber)})`;
}
