import { topicOf } from "#schemas/event-types";
import type { StoredNotice } from "../notice.ts";

const WHAT: Readonly<Record<string, string>> = {
  "measurement.created": "Ny måling",
  "measurement.corrected": "Rettet måling",
  "measurement.retracted": "Tilbaketrukket måling",
  "plan.created": "Ny plan",
  "plan.changed": "Endret plan",
  "plan.ended": "Avsluttet plan",
  "plan.retracted": "Tilbaketrukket plan",
};

/** What a notice is about, from its event type (`no.hendelsesstrom.<topic>.<change>.<version>`). */
export function whatOf(type: string): string {
  const change = type.split(".").at(-2) ?? "";
  return WHAT[`${topicOf(type) ?? ""}.${change}`] ?? "Ny opplysning";
}

/** A notice's state in the inbox, most telling first. */
export function statusOf(notice: StoredNotice): string {
  if (notice.notAvailable) return "Ikke tilgjengelig";
  if (notice.superseded) return "Erstattet av nyere versjon";
  return notice.opened ? "Åpnet" : "Ny";
}

const TIME = new Intl.DateTimeFormat("nb-NO", {
  timeZone: "Europe/Oslo",
  dateStyle: "medium",
  timeStyle: "short",
});

const DATE = new Intl.DateTimeFormat("nb-NO", { timeZone: "Europe/Oslo", dateStyle: "medium" });

/** A FHIR time as people read it here; what has no time of day is shown as a date. */
export function timeText(time: string): string {
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed)) return time;
  return (/^\d{4}(-\d{2}){0,2}$/.test(time) ? DATE : TIME).format(parsed);
}

/** A number with decimal comma. */
export function numberText(value: number): string {
  return String(value).replace(".", ",");
}

const MESSAGES: Readonly<Record<string, string>> = {
  paused: "Abonnementet er satt på pause. Nye meldinger kommer ikke fram.",
  ended: "Abonnementet er avsluttet. Nye meldinger kommer ikke fram.",
  reset: "Abonnementet er startet på nytt. Meldinger kan mangle for tiden før.",
};

/** What people must know of a subscription's own messages; most say nothing of interest. */
export function messageText(type: string | undefined): string | undefined {
  return MESSAGES[type?.split(".").at(-2) ?? ""];
}
