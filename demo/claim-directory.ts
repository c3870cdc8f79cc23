import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const OWNER_ONLY = 0o700;
const OWNER = "owner.pid";

/**
 * Makes a directory anew for this process, unless another that lives is at work there. What is
 * left in it afterwards is for looking at.
 */
export async function claimDirectory(path: string): Promise<{ path: string } & AsyncDisposable> {
  const owner = await ownerOf(path);
  if (owner !== undefined && isAlive(owner)) {
    throw new Error(`${path} belongs to process ${owner}, which is still at work: end it first`);
  }
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true, mode: OWNER_ONLY });
  await writeFile(join(path, OWNER), String(process.pid));
  return { path, [Symbol.asyncDispose]: () => rm(join(path, OWNER), { force: true }) };
}

async function ownerOf(path: string): Promise<number | undefined> {
  const text = await readFile(join(path, OWNER), "utf8").catch(() => "");
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
