import { type Static, Type } from "typebox";
import * as attribute from "./attributes.ts";
import { EVENT_TYPES, TOPICS, topicOf } from "./event-types.ts";
import { containsSpreadIdentityNumber, isIdentityNumber } from "./identity-number.ts";
import { compileValidator, type Fault, type Validation } from "./strict-ajv.ts";

const common = {
  specversion: attribute.specversion,
  id: attribute.id,
  source: attribute.source,
  type: Type.Enum([...EVENT_TYPES]),
  time: attribute.time,
  recordedtime: attribute.time,
  dataref: attribute.dataref,
  dataversion: attribute.dataversion,
  kind: Type.Optional(Type.String({ pattern: "^[a-z][a-z-]{0,30}$" })),
};

/**
 * An event as the tenant's log holds it: `subject` is the patient's alias, `dataref` the source's
 * own address of the resource, `kind` the coarse filter attribute. No other attribute and no data.
 */
export const SourceEvent = Type.Object(
  { ...common, subject: attribute.alias },
  { $id: "https://hendelsesstrom.example/schemas/source-event", additionalProperties: false },
);
export type SourceEvent = Static<typeof SourceEvent>;

/**
 * An event as a producer hands it over: `subject` is the patient's identity number, which is
 * replaced by the alias before anything is sent, stored or logged.
 */
export const ProducerEvent = Type.Object(
  { ...common, subject: attribute.identityNumber },
  { $id: "https://hendelsesstrom.example/schemas/producer-event", additionalProperties: false },
);
export type ProducerEvent = Static<typeof ProducerEvent>;

const asSourceEvent = compileValidator(SourceEvent);
const asProducerEvent = compileValidator(ProducerEvent);

function refuse<T>(pointer: string, detail: string): Validation<T> {
  return { valid: false, faults: [{ pointer, detail }] };
}

type SpanningAttributes = { id: string; type: string; kind?: string; dataref: string };

/** Rules that span attributes: the kind belongs to the topic, the link to the topic's resource. */
function acrossAttributes(event: SpanningAttributes): Fault | undefined {
  const name = topicOf(event.type);
  if (name === undefined) return { pointer: "#/type", detail: "is not a known event type" };
  const topic = TOPICS[name];
  const kinds: readonly string[] = topic.kinds;
  if (event.kind !== undefined && !kinds.includes(event.kind)) {
    return { pointer: "#/kind", detail: `must be one of: ${kinds.join(", ")}` };
  }
  if (event.dataref.split("/").at(-2) !== topic.resourceType) {
    return { pointer: "#/dataref", detail: `must end in /${topic.resourceType}/<id>` };
  }
  if (!URL.canParse(event.dataref)) return { pointer: "#/dataref", detail: "must be a URL" };
  return hiddenNumber(event);
}

/** What a producer makes up itself could spell a number with signs between its digits. */
function hiddenNumber({ id, dataref }: SpanningAttributes): Fault | undefined {
  const spelt = { id, dataref: new URL(dataref).pathname };
  for (const [name, text] of Object.entries(spelt)) {
    if (containsSpreadIdentityNumber(text))
      return { pointer: `#/${name}`, detail: "must not contain a national identity number" };
  }
  return undefined;
}

function withSpanningRules<T extends SpanningAttributes>(judged: Validation<T>): Validation<T> {
  if (!judged.valid) return judged;
  const fault = acrossAttributes(judged.value);
  return fault === undefined ? judged : { valid: false, faults: [fault] };
}

/** Judges an event of the log. */
export function validateSourceEvent(value: unknown): Validation<SourceEvent> {
  return withSpanningRules(asSourceEvent(value));
}

/** Judges an event that a producer hands over. */
export function validateProducerEvent(value: unknown): Validation<ProducerEvent> {
  const judged = withSpanningRules(asProducerEvent(value));
  if (!judged.valid || isIdentityNumber(judged.value.subject)) return judged;
  return refuse("#/subject", "must be a national identity number with valid control digits");
}
