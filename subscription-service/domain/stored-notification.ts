import { type Static, Type } from "typebox";
import * as attribute from "#schemas/attributes";
import { SourceEvent } from "#schemas/source-event";
import { compileValidator } from "#schemas/strict-ajv";

/**
 * A notification as the tenant's log holds it, in the tenant's own names. What one consumer may
 * see of it is made anew at each hand-out.
 */
export const StoredNotification = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    patient: attribute.ownId,
    event: Type.Omit(SourceEvent, ["subject", "specversion", "kind"], {
      additionalProperties: false,
    }),
  },
  { additionalProperties: false },
);
export type StoredNotification = Static<typeof StoredNotification>;

export const validateStoredNotification = compileValidator(StoredNotification);
