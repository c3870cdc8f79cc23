/** Norwegian names of what is measured at home, by LOINC code (the VkpObservation profile's). */
const LOINC_NAMES: Readonly<Record<string, string>> = {
  "85354-9": "Blodtrykk",
  "8480-6": "Systolisk blodtrykk",
  "8462-4": "Diastolisk blodtrykk",
  "2708-6": "Oksygenmetning",
  "59408-5": "Oksygenmetning (pulsoksymeter)",
  "8310-5": "Kroppstemperatur",
  "29463-7": "Kroppsvekt",
  "15074-8": "Blodsukker",
  "8867-4": "Hjertefrekvens",
  "9279-1": "Respirasjonsfrekvens",
};

const LOINC = "http://loinc.org";

/** UCUM codes that people write otherwise. */
const UNITS: Readonly<Record<string, string>> = {
  "mm[Hg]": "mmHg",
  Cel: "°C",
  "/min": "per minutt",
  "{beats}/min": "slag per minutt",
};

/** Words for the codes of FHIR's own value sets that a reader may meet. */
const STATUS: Readonly<Record<string, string>> = {
  registered: "Registrert",
  preliminary: "Foreløpig",
  final: "Endelig",
  amended: "Endret",
  corrected: "Rettet",
  cancelled: "Avbrutt",
  "entered-in-error": "Feilregistrert",
  draft: "Utkast",
  active: "Aktiv",
  "on-hold": "På vent",
  revoked: "Trukket tilbake",
  completed: "Fullført",
  "not-started": "Ikke startet",
  scheduled: "Planlagt",
  "in-progress": "Pågår",
  stopped: "Stoppet",
  unknown: "Ukjent",
};

export type CodeableConcept = {
  readonly text?: string;
  readonly coding?: readonly {
    readonly system?: string;
    readonly code?: string;
    readonly display?: string;
  }[];
};

/** A concept's name: ours where there is one, else what its author wrote, else its code. */
export function conceptText({ text, coding = [] }: CodeableConcept): string {
  const known = coding.find(({ system, code }) => system === LOINC && code !== undefined);
  const ours = LOINC_NAMES[known?.code ?? ""];
  const [first] = coding;
  return ours ?? text ?? first?.display ?? first?.code ?? "Uten navn";
}

export function unitText(unit: { readonly unit?: string; readonly code?: string }): string {
  return UNITS[unit.code ?? ""] ?? unit.unit ?? unit.code ?? "";
}

export function statusText(code: string): string {
  return STATUS[code] ?? code;
}
