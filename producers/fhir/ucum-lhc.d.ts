/** What we use of the library, which brings no types of its own. */
declare module "@lhncbc/ucum-lhc" {
  type UnitVerdict = { status: "valid" | "invalid" | "error"; ucumCode: string | null };

  const ucum: {
    UcumLhcUtils: {
      getInstance(): { validateUnitString(unit: string, suggest: boolean): UnitVerdict };
    };
  };
  export default ucum;
}
