import { readElement, type AuthorizationDetails } from "./authorization-element.ts";
import { granted, refused, type Outcome } from "./outcome.ts";

/**
 * Puts together the structures that came in several places: at the authorization request, or in the
 * client assertion at the token endpoint; each an element or a list of elements. The same structure
 * in two places has no single answer, and is refused as HelseID refuses it.
 */
export function gatherDetails(places: readonly unknown[]): Outcome<AuthorizationDetails> {
  let gathered: AuthorizationDetails = {};
  for (const element of places.filter((place) => place !== undefined).flat()) {
    const read = readElement(element);
    if (!read.ok) return read;
    const [twice] = Object.keys(read.value).filter((name) => name in gathered);
    if (twice !== undefined) {
      return refused("access_denied", `HID-DOUBLE-STRUCTURE: the ${twice} is given twice`);
    }
    gathered = { ...gathered, ...read.value };
  }
  return granted(gathered);
}
