import { containsIdentityNumber } from "#schemas/identity-number";
import type { Quantity } from "./elements.ts";
import type { KnownCode } from "./loinc.ts";
import type { ResourceFault } from "./resource-fault.ts";
import { isUcumUnit, UCUM_SYSTEM } from "./ucum.ts";

/** Long enough for every unit in use, short enough for a message. */
const MAX_QUOTED = 32;

/**
 * Judges a quantity's unit: a UCUM code, and one that fits where the profile fixes it. A bare number
 * is accepted for codes that the profile does not know (a count, a score).
 */
export function judgeUnit(
  quantity: Quantity,
  path: string,
  known: KnownCode | undefined,
): ResourceFault | undefined {
  const { unit, system, code } = quantity;
  if (code === undefined) return withoutCode({ path, unit, known });
  if (system !== UCUM_SYSTEM) return { path: `${path}.system`, detail: `must be ${UCUM_SYSTEM}` };
  if (!isUcumUnit(code))
    return { path: `${path}.code`, detail: `${quoted(code)} is not a UCUM unit` };
  return againstProfile(code, path, known);
}

type Uncoded = { path: string; unit: string | undefined; known: KnownCode | undefined };

function withoutCode({ path, unit, known }: Uncoded): ResourceFault | undefined {
  if (unit === undefined && known === undefined) return undefined;
  return {
    path: `${path}.code`,
    detail: "is missing: a unit is given by its UCUM code, with the system beside it",
  };
}

function againstProfile(
  code: string,
  path: string,
  known: KnownCode | undefined,
): ResourceFault | undefined {
  if (known === undefined || known.fixes.units.length === 0) return undefined;
  if (known.fixes.units.includes(code)) return undefined;
  const { name, units } = known.fixes;
  return {
    path: `${path}.code`,
    detail: `${quoted(code)} does not fit ${name} (LOINC ${known.code}): use ${units.join(" or ")}`,
  };
}

/** A unit as a message may show it; never what may be a person's number. */
function quoted(code: string): string {
  return code.length > MAX_QUOTED || containsIdentityNumber(code) ? "this" : JSON.stringify(code);
}
