/** JSON with access to source text (ECMAScript 2026), which the compiler's library does not list yet. */
interface JSON {
  rawJSON(text: string): object;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
}
