import { join } from "node:path";
import { makeOwnerOnlyDirectory, writeOwnerOnly } from "../site/owner-only-file.ts";
import { keepSecret } from "./keep-secret.ts";

/** Each source has a database of its own, and a user that sees no other. */
const SOURCES = ["measurements", "plans"] as const;

export type PostgresOptions = {
  readonly directory: string;
  /** Where the server listens. */
  readonly url: string;
  /** Folder of the secrets that stay. */
  readonly keys: string;
};

/** Writes what the PostgreSQL server starts from, and each source's address of its database. */
export async function writePostgresFiles({ directory, url, keys }: PostgresOptions): Promise<void> {
  await makeOwnerOnlyDirectory(join(directory, "postgres-store", "main"));
  const superuser = await keepSecret(join(keys, "postgres-superuser"));
  await writeOwnerOnly(join(directory, "postgres", "superuser-password"), superuser);
  const statements: string[] = [];
  for (const source of SOURCES) {
    const password = await keepSecret(join(keys, `${source}-database`));
    statements.push(...ownDatabase(source, password));
    const address = `${url.replace("//", `//${source}:${password}@`)}/${source}`;
    await writeOwnerOnly(join(directory, source, "database.env"), `DATABASE_URL=${address}\n`);
  }
  await writeOwnerOnly(join(directory, "postgres", "databases.sql"), `${statements.join("\n")}\n`);
}

/** The password is base64url: nothing in it needs quoting. */
function ownDatabase(name: string, password: string): string[] {
  return [
    `create role ${name} login password '${password}';`,
    `create database ${name} owner ${name};`,
    `revoke all on database ${name} from public;`,
  ];
}
