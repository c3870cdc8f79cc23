import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";
import { conceptText, statusText, unitText } from "./clinical-codes.ts";
import { Annotations, Concept, ENTERED_IN_ERROR, NoModifiers, Reference } from "./fhir-parts.ts";
import { html, type SafeHtml } from "./html.ts";
import { numberText, timeText } from "./norwegian.ts";

const value = {
  valueQuantity: Type.Optional(
    Type.Object({
      value: Type.Optional(Type.Number()),
      comparator: Type.Optional(Type.String()),
      unit: Type.Optional(Type.String()),
      code: Type.Optional(Type.String()),
    }),
  ),
  valueString: Type.Optional(Type.String()),
  valueInteger: Type.Optional(Type.Integer()),
  valueBoolean: Type.Optional(Type.Boolean()),
  valueCodeableConcept: Type.Optional(Concept),
  dataAbsentReason: Type.Optional(Concept),
};

/** What of an R4 Observation the page shows. */
const Observation = Type.Object({
  ...NoModifiers,
  resourceType: Type.Literal("Observation"),
  status: Type.String(),
  code: Concept,
  effectiveDateTime: Type.Optional(Type.String()),
  issued: Type.Optional(Type.String()),
  performer: Type.Optional(Type.Array(Reference)),
  component: Type.Optional(
    Type.Array(
      Type.Object({ modifierExtension: NoModifiers.modifierExtension, code: Concept, ...value }),
    ),
  ),
  note: Annotations,
  ...value,
});
type Observation = Static<typeof Observation>;
type Valued = NonNullable<Observation["component"]>[number];

const judge = compileValidator(Observation);

/** A measurement with its values, or nothing when it cannot be shown whole. */
export function observationView(resource: unknown): SafeHtml | undefined {
  const judged = judge(resource);
  return judged.valid ? view(judged.value) : undefined;
}

function view(observation: Observation): SafeHtml {
  if (observation.status === "entered-in-error") return ENTERED_IN_ERROR;
  const { component = [], performer = [], note = [] } = observation;
  const named = performer.filter(({ display }) => display !== undefined);
  const time = observation.effectiveDateTime ?? observation.issued;
  return html`<h2>${conceptText(observation.code)}</h2>
    <dl>
      ${component.length === 0 || hasValue(observation) ? row("Verdi", observation) : undefined}
      ${component.map((part) => row(conceptText(part.code), part))}
      ${
        time === undefined
          ? undefined
          : html`<dt>Målt</dt>
              <dd>${timeText(time)}</dd>`
      }
      <dt>Status</dt>
      <dd>${statusText(observation.status)}</dd>
      ${named.map(
        ({ display }) =>
          html`<dt>Utført av</dt>
            <dd>${display}</dd>`,
      )}
      ${note.map(
        ({ text }) =>
          html`<dt>Merknad</dt>
            <dd>${text}</dd>`,
      )}
    </dl>`;
}

function row(name: string, valued: Omit<Valued, "code">): SafeHtml {
  return html`<dt>${name}</dt>
    <dd class="value">${valueText(valued)}</dd>`;
}

function hasValue(observation: Observation): boolean {
  return Object.keys(observation).some((member) => member.startsWith("value"));
}

/** Never an empty value: a reader must not take "cannot be shown" for "nothing". */
function valueText(valued: Omit<Valued, "code">): string {
  const { valueQuantity: quantity, valueString, valueInteger, valueBoolean } = valued;
  if (quantity?.value !== undefined) {
    const number = `${quantity.comparator ?? ""}${numberText(quantity.value)}`;
    return `${number} ${unitText(quantity)}`.trim();
  }
  if (valueString !== undefined) return valueString;
  if (valueInteger !== undefined) return String(valueInteger);
  if (valueBoolean !== undefined) return valueBoolean ? "Ja" : "Nei";
  if (valued.valueCodeableConcept !== undefined) return conceptText(valued.valueCodeableConcept);
  if (valued.dataAbsentReason !== undefined) {
    return `Mangler: ${conceptText(valued.dataAbsentReason)}`;
  }
  return "Verdien kan ikke vises her";
}
