/** A value of nats-server's configuration language. */
export type ConfigValue =
  | string
  | number
  | boolean
  | { readonly variable: string }
  | readonly ConfigValue[]
  | { readonly block: ConfigEntries };

/** The entries of a block, in order; those that are undefined are left out. */
export type ConfigEntries = Readonly<Record<string, ConfigValue | undefined>>;

/** Writes entries as configuration text, one a line, blocks indented. */
export function configText(entries: ConfigEntries, indent = ""): string {
  return Object.entries(entries)
    .filter((entry): entry is [string, ConfigValue] => entry[1] !== undefined)
    .map(([key, value]) => `${indent}${keyText(key)}: ${valueText(value, indent)}\n`)
    .join("");
}

function valueText(value: ConfigValue, indent: string): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if ("variable" in value) return `$${value.variable}`;
  const deeper = `${indent}  `;
  if ("block" in value) return `{\n${configText(value.block, deeper)}${indent}}`;
  return `[${value.map((item) => `\n${deeper}${valueText(item, deeper)}`).join("")}${value.length > 0 ? `\n${indent}` : ""}]`;
}

// Known names stay bare, to be read easily; `include` alone would be read as a directive.
function keyText(key: string): string {
  return /^[a-z_]+$/.test(key) && key !== "include" ? key : quote(key);
}

/**
 * Quotes a string. All but letters, digits and a few harmless signs is written byte by byte as `\xHH`: the language's
 * other escapes are few, and within quotes neither comments nor variables are read.
 */
function quote(text: string): string {
  const bytes = [...Buffer.from(text, "utf8")].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9 _./:>*$+-]/.test(character)
      ? character
      : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${bytes.join("")}"`;
}
