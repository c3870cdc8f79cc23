import { readFile } from "node:fs/promises";
import { newMasterKey } from "../site/credentials.ts";
import { writeOwnerOnlyOnce } from "../site/owner-only-file.ts";

/** The secret that the file holds; 32 random bytes, base64url, when there was no file. Never overwrites. */
export async function keepSecret(path: string): Promise<string> {
  await writeOwnerOnlyOnce(path, `${newMasterKey()}\n`);
  return (await readFile(path, "utf8")).trim();
}
