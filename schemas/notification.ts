import { type Static, Type } from "typebox";
import * as attribute from "./attributes.ts";
import { EVENT_TYPES, LIFECYCLE_TYPES } from "./event-types.ts";
import { compileValidator } from "./strict-ajv.ts";

/** What a consumer is told about a patient: that there is something to look up, and where. */
export const Notification = Type.Object(
  {
    specversion: attribute.specversion,
    id: attribute.ownId,
    source: attribute.source,
    type: Type.Enum([...EVENT_TYPES]),
    subject: attribute.handle,
    time: attribute.time,
    recordedtime: attribute.time,
    dataref: attribute.sealedDataref,
    dataversion: attribute.dataversion,
    eventnumber: attribute.eventnumber,
    subscription: attribute.ownId,
  },
  { $id: "https://hendelsesstrom.example/schemas/notification", additionalProperties: false },
);
export type Notification = Static<typeof Notification>;

/** What a consumer is told about its subscription. `eventnumber` is there when a number is spent. */
export const LifecycleEvent = Type.Object(
  {
    specversion: attribute.specversion,
    id: attribute.ownId,
    source: attribute.source,
    type: Type.Enum(Object.values(LIFECYCLE_TYPES)),
    time: attribute.time,
    subscription: attribute.ownId,
    eventnumber: Type.Optional(attribute.eventnumber),
  },
  { $id: "https://hendelsesstrom.example/schemas/lifecycle-event", additionalProperties: false },
);
export type LifecycleEvent = Static<typeof LifecycleEvent>;

/** Everything that is ever handed out to a consumer. */
export const HandedOut = Type.Union([Notification, LifecycleEvent]);
export type HandedOut = Static<typeof HandedOut>;

const LIFECYCLE = new Set<string>(Object.values(LIFECYCLE_TYPES));

/** Tells the two kinds of what is handed out apart. */
export function isLifecycleEvent(event: HandedOut): event is LifecycleEvent {
  return LIFECYCLE.has(event.type);
}

export const validateNotification = compileValidator(Notification);
export const validateLifecycleEvent = compileValidator(LifecycleEvent);
