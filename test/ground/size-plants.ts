import type { Plants } from "./plants.ts";

const MAX_FILE_LINES = 250;
const MAX_FUNCTION_LINES = 50;

/** Files and functions as long as they may be, and one line longer. */
export function sizePlants(): Plants {
  return new Map([
    ["web/as-long-as-may-be.ts", file(MAX_FILE_LINES)],
    ["web/too-long.ts", `${file(MAX_FILE_LINES)}// fault: eslint/max-lines\n`],
    ["web/function-as-long-as-may-be.ts", functionOf(MAX_FUNCTION_LINES)],
    ["web/too-long-function.ts", marked(functionOf(MAX_FUNCTION_LINES + 1))],
    ["test/too-long-function.ts", functionOf(MAX_FUNCTION_LINES + 1)],
  ]);
}

function file(lines: number): string {
  return Array.from(
    { length: lines },
    (_, index) => `export const line${index} = ${index};\n`,
  ).join("");
}

function functionOf(lines: number): string {
  const body = Array.from({ length: lines - 2 }, (_, index) => `  yield ${index};\n`).join("");
  return `export function* count(): Generator<number> {\n${body}}\n`;
}

function marked(text: string): string {
  return `// fault below: eslint/max-lines-per-function\n${text}`;
}
