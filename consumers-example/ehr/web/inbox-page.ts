import type { StoredNotice } from "../notice.ts";
import { html, type SafeHtml } from "./html.ts";
import { statusOf, timeText, whatOf } from "./norwegian.ts";

/** A notice with what the EHR itself knows about it. */
export type InboxEntry = {
  readonly notice: StoredNotice;
  /** The own patient's name; undefined when the handle is not known (yet). */
  readonly patientName: string | undefined;
  readonly from: string;
};

export type InboxView = {
  readonly entries: readonly InboxEntry[];
  /** Messages that people must know of, such as a subscription that has ended. */
  readonly warnings: readonly string[];
  /** Place to go on from, when there are older notices. */
  readonly older: number | undefined;
};

/** The inbox: who, what, when, from whom, and what became of it. */
export function inboxContent({ entries, warnings, older }: InboxView): SafeHtml {
  return html`${warnings.map((text) => html`<p class="notice warning" role="status">${text}</p>`)}
    <p><a href="/">Oppdater</a></p>
    ${entries.length === 0 ? html`<p>Ingen meldinger.</p>` : table(entries)}
    ${older === undefined ? undefined : html`<p><a href="/?for=${older}">Eldre meldinger</a></p>`}`;
}

function table(entries: readonly InboxEntry[]): SafeHtml {
  return html`<div class="scroll" role="region" aria-label="Meldinger" tabindex="0">
    <table>
      <caption>
        Meldinger om dine pasienter, de nyeste først
      </caption>
      <thead>
        <tr>
          <th scope="col">Pasient</th>
          <th scope="col">Hva</th>
          <th scope="col">Når</th>
          <th scope="col">Fra</th>
          <th scope="col">Status</th>
          <th scope="col"><span class="hidden">Handling</span></th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(row)}
      </tbody>
    </table>
  </div>`;
}

function row({ notice, patientName, from }: InboxEntry): SafeHtml {
  const what = whatOf(notice.type);
  const name = patientName ?? "Ukjent pasient";
  return html`<tr${notice.opened ? undefined : html` class="new"`}>
    <th scope="row">${name}</th>
    <td>${what}</td>
    <td><time datetime="${notice.time}">${timeText(notice.time)}</time></td>
    <td>${from}</td>
    <td class="status">${statusOf(notice)}</td>
    <td>
      <a class="button" href="/innboks/${notice.id}">Åpne<span class="hidden">
        ${what.toLocaleLowerCase("nb")} for ${name}</span></a>
    </td>
  </tr>`;
}
