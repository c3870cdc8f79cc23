import { access, constants, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

/**
 * The executable files of a name in the folders of a `PATH`, in its order.
 *
 * Entries that are not absolute are left out: what they mean depends on the working directory.
 */
export async function executablesOnPath(name: string, searchPath: string): Promise<string[]> {
  const folders = new Set(searchPath.split(delimiter).filter((folder) => isAbsolute(folder)));
  const files = [...folders].map((folder) => join(folder, name));
  const executable = await Promise.all(files.map((file) => isExecutableFile(file)));
  return files.filter((_, i) => executable[i]);
}

async function isExecutableFile(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
