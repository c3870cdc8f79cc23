export function fail(kind: "text" | "error"): never {
  if (kind === "text") throw "a text"; // fault: typescript/only-throw-error
  throw new Error("an error");
}
