import type { LookupOutcome } from "../../client/lookup.ts";
import { carePlanView } from "./care-plan-view.ts";
import { html, type SafeHtml } from "./html.ts";
import type { InboxEntry } from "./inbox-page.ts";
import { statusOf, timeText, whatOf } from "./norwegian.ts";
import { observationView } from "./observation-view.ts";

export type NoticeView = InboxEntry & {
  readonly csrf: string;
  /** What the last lookup in this session gave, while it may still be shown. */
  readonly outcome: LookupOutcome | undefined;
};

/** One notice: what it said, and what the source says now when it has been asked. */
export function noticeContent(view: NoticeView): SafeHtml {
  const { notice, patientName, from, outcome } = view;
  return html`<dl>
      <dt>Pasient</dt>
      <dd>${patientName ?? "Ukjent pasient"}</dd>
      <dt>Hva</dt>
      <dd>${whatOf(notice.type)}</dd>
      <dt>Når</dt>
      <dd>${timeText(notice.time)}</dd>
      <dt>Fra</dt>
      <dd>${from}</dd>
      <dt>Status</dt>
      <dd>${statusOf(notice)}</dd>
    </dl>
    ${outcome === undefined ? undefined : outcomeView(outcome)}
    ${patientName === undefined ? unknownPatient : lookupForm(view)}
    <p><a href="/">Tilbake til innboksen</a></p>`;
}

const unknownPatient = html`<p class="notice warning">
  Meldingen gjelder ingen på pasientlisten, og kan ikke slås opp.
</p>`;

function lookupForm({ notice, csrf, outcome }: NoticeView): SafeHtml {
  return html`<form method="post" action="/innboks/${notice.id}/apne">
    <input type="hidden" name="csrf" value="${csrf}" />
    <p>
      <button>${outcome === undefined ? "Slå opp" : "Slå opp på nytt"}</button>
    </p>
    <p>Oppslaget logges hos den som har opplysningene, og pasienten kan se det.</p>
  </form>`;
}

const OUTCOME_TEXT: Readonly<Record<Exclude<LookupOutcome["kind"], "found">, string>> = {
  "not-available": "Ikke tilgjengelig",
  "other-patient":
    "Svaret gjelder en annen person enn meldingen, og vises ikke. Meld fra til systemansvarlig.",
  refused: "Kilden avviste oppslaget. Meld fra til systemansvarlig hvis det gjentar seg.",
  unavailable: "Kilden svarer ikke nå. Prøv igjen om litt.",
};

function outcomeView(outcome: LookupOutcome): SafeHtml {
  if (outcome.kind !== "found") return warning(OUTCOME_TEXT[outcome.kind]);
  return html`<section aria-label="Opplysninger fra kilden">
    ${outcome.superseded ? supersededNotice(outcome.version) : undefined}
    ${resourceView(outcome.resource)}
  </section>`;
}

function supersededNotice(version: string): SafeHtml {
  return html`<p class="notice" role="status">
    <strong>Erstattet av nyere versjon.</strong> Meldingen gjaldt en eldre versjon. Under vises
    versjonen som gjelder nå (versjon ${version}).
  </p>`;
}

function resourceView(resource: { readonly resourceType: string }): SafeHtml {
  const view =
    resource.resourceType === "CarePlan" ? carePlanView(resource) : observationView(resource);
  return view ?? warning("Opplysningene har en form som dette systemet ikke kan vise.");
}

function warning(text: string): SafeHtml {
  return html`<p class="notice warning" role="status">${text}</p>`;
}
