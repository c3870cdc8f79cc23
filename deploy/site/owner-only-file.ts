import { randomUUID } from "node:crypto";
import { link, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const OWNER_ONLY_DIRECTORY = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** Writes a file that only its owner may read, and the folders above it. Readers see the old text or the new. */
export async function writeOwnerOnly(path: string, text: string): Promise<void> {
  await rename(await writeBeside(path, text), path);
}

/** The same for a file that must not be there yet. @returns whether it was not */
export async function writeOwnerOnlyOnce(path: string, text: string): Promise<boolean> {
  const written = await writeBeside(path, text);
  try {
    await link(written, path); // fails when there is a file, and never shows half of one
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(written);
  }
}

async function writeBeside(path: string, text: string): Promise<string> {
  await makeOwnerOnlyDirectory(dirname(path));
  const written = `${path}.${randomUUID()}`;
  await writeFile(written, text, { mode: OWNER_ONLY_FILE });
  return written;
}

/** Makes a folder, and those above it, that only their owner may enter. */
export async function makeOwnerOnlyDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
}
