import { Type } from "typebox";

/** The media type of FHIR's JSON. */
export const FHIR_JSON = "application/fhir+json";
export const FHIR_JSON_UTF8 = `${FHIR_JSON}; charset=utf-8`;

/** How an answer with a FHIR resource stands in the API's description. */
export function fhirAnswer(description: string): unknown {
  return { description, content: { [FHIR_JSON]: { schema: Type.Object({}) } } };
}

/** The description of parts of a path. */
export function pathParameters(
  descriptions: Readonly<Record<string, string>>,
): ReturnType<typeof Type.Object> {
  return Type.Object(
    Object.fromEntries(
      Object.entries(descriptions).map(([name, description]) => [
        name,
        Type.String({ description }),
      ]),
    ),
  );
}
