import { parseArgs } from "node:util";
import { isIdentityNumber } from "#schemas/identity-number";

export const USAGE = `Usage: npm run publish -- <file | -> [--patient <identity number>]

Records FHIR R4 Observations and CarePlans, alone or in a Bundle, at the reference sources.
  <file>     a JSON file of at most 1 MiB; - reads standard input
  --patient  whom the resources are about, in place of their own subject`;

export type CommandLine =
  | { readonly kind: "publish"; readonly file: string; readonly patient: string | undefined }
  | { readonly kind: "help" }
  | { readonly kind: "wrong-use"; readonly detail: string };

/** Reads the words after the command's name. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const parsed = parse(words);
  if (typeof parsed === "string") return { kind: "wrong-use", detail: parsed };
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: "help" };
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    return { kind: "wrong-use", detail: "there must be one file, or - for standard input" };
  }
  const { patient } = values;
  return patient === undefined || isIdentityNumber(patient)
    ? { kind: "publish", file, patient }
    : { kind: "wrong-use", detail: "--patient must be eleven digits with valid control digits" };
}

function parse(words: readonly string[]): ReturnType<typeof parseWords> | string {
  try {
    return parseWords(words);
  } catch (error) {
    // What was written is not repeated: it may be a person's number.
    return isMissingValue(error)
      ? "--patient must be followed by an identity number"
      : "there is no such option";
  }
}

function parseWords(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { patient: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
}

function isMissingValue(error: unknown): boolean {
  return (
    error instanceof TypeError &&
    "code" in error &&
    error.code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE"
  );
}
