import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of a test's own, removed when the test is done. */
export function temporaryFolder(): Disposable & { readonly at: (name: string) => string } {
  const path = mkdtempSync(join(tmpdir(), "hendelsesstrom-consumer-"));
  return {
    at: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
