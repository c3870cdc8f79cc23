import ucum from "@lhncbc/ucum-lhc";

/** The one file that knows the UCUM library. */

/** FHIR's name of the unit system. */
export const UCUM_SYSTEM = "http://unitsofmeasure.org";

/** Printable ASCII without blanks (UCUM 1.4, §1); the library would print others to stdout. */
const EXPRESSION = /^[!-~]{1,64}$/;

const units = ucum.UcumLhcUtils.getInstance();

/** Whether the text is a unit of the Unified Code for Units of Measure, case-sensitive. */
export function isUcumUnit(unit: string): boolean {
  return EXPRESSION.test(unit) && units.validateUnitString(unit, false).status === "valid";
}
