import { randomBytes } from "node:crypto";
import { toLetters } from "#schemas/letters";

/** 128 bits: an event's id must be unlike every other of its source for ever. */
const EVENT_ID_BYTES = 16;

/**
 * A new random id for an event, in letters only. A UUID would do, but for one in ten thousand: that one
 * holds eleven digits that pass for a national identity number, and is refused.
 */
export function newEventId(): string {
  return toLetters(randomBytes(EVENT_ID_BYTES));
}
