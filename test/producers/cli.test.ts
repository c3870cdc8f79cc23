import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "#producers/cli/config";
import { runPublish } from "#producers/cli/run-publish";
import { containsIdentityNumber } from "#schemas/identity-number";
import { readLog } from "./event-log.ts";
import { persons } from "../support/identity-numbers.ts";
import { KARI, NOBODY, OLA } from "./people.ts";
import { about, type Json, sample, sampleText } from "./samples.ts";
import { sharedSource } from "./shared-source.ts";
import type { SourceSite } from "./source-site.ts";

/** An address where nobody listens: somebody did a moment ago. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

type Run = { readonly code: number | null; readonly out: string[]; readonly err: string };

/** Runs the command in this process. */
async function run(words: string[], { config = "none", stdin = "" } = {}): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runPublish({
    words,
    stdin: Readable.from([Buffer.from(stdin)]),
    readSettings: () => readConfig({ PUBLISH_CONFIG: config }),
    print: (line) => void out.push(line),
    complain: (line) => void err.push(`${line}\n`),
  });
  return { code, out, err: err.join("") };
}

/** Runs the command as `npm run publish` does. */
async function runProcess(words: string[], { config = "none", stdin = "" } = {}): Promise<Run> {
  const child = spawn(process.execPath, ["producers/cli/main.ts", ...words], {
    env: { PATH: process.env["PATH"], PUBLISH_CONFIG: config },
    stdio: "pipe",
  });
  const exited = once(child, "exit");
  child.stdin.on("error", () => {}); // it stops reading what is too large
  child.stdin.end(stdin);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await exited;
  return { code: child.exitCode, out: out.split("\n").filter((line) => line !== ""), err };
}

function placeAt(at: SourceSite, url: string): unknown {
  const { audience, client } = at.controller;
  return { url, audience, clientId: client.clientId, privateJwk: client.key.privateJwk };
}

async function writeConfig(at: SourceSite, observations: string, plans: string): Promise<string> {
  const path = join(at.directory, "publish.json");
  const sources = { Observation: placeAt(at, observations), CarePlan: placeAt(at, plans) };
  await writeFile(path, JSON.stringify({ issuer: at.issuer, allowInsecureIssuer: true, sources }));
  return path;
}

describe("publishing measurements from a file", () => {
  const shared = sharedSource("measurements");
  let config = "";
  beforeAll(async () => {
    config = await writeConfig(shared.at, shared.url, await nowhere());
  });
  const publish = (stdin: unknown, ...words: string[]) =>
    run(["-", ...words], {
      config,
      stdin: typeof stdin === "string" ? stdin : JSON.stringify(stdin),
    });

  test("a resource is published", async () => {
    const { code, out, err } = await runProcess(["producers/samples/blood-pressure.json"], {
      config,
    });
    expect([code, err]).toEqual([0, ""]);
    const place = `${shared.url}/fhir/Observation/[a-p]{16}/_history/1`;
    expect(out).toEqual([expect.stringMatching(new RegExp(`^published  Observation  ${place}$`))]);
    const id = out[0]?.split("/").at(-3);
    const log = await readLog(shared.at.connection);
    expect(log.filter(({ event }) => event.dataref.endsWith(`/${id}`))).toHaveLength(1);
  });

  test("a bundle's resources are published one by one, in order", async () => {
    const { code, out } = await run(["producers/samples/morning-at-home.json"], { config });
    expect(code).toBe(0);
    expect(out.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual(
      [0, 1, 2, 3].map((index) => ["published", `Bundle.entry[${index}] Observation`]),
    );
  });

  test("--patient says whom it is about, in place of its own subject", async () => {
    const refused = await run(["producers/samples/weight-in-pounds.json"], { config });
    expect([refused.code, refused.out]).toEqual([
      1,
      [
        "refused    Observation  Observation.subject.identifier is missing: the patient is named by identity number, a reference cannot be followed here",
      ],
    ]);
    const [patient = ""] = persons(1);
    const told = await run(["producers/samples/weight-in-pounds.json", "--patient", patient], {
      config,
    });
    expect(told.code).toBe(0);
    expect(told.out).toEqual([expect.stringMatching(/^published {2}Observation/)]);
  });

  test("what cannot be published is refused by its own line, and the rest goes on", async () => {
    const entry = [
      { resource: sample("blood-glucose") },
      { resource: { resourceType: "Patient", id: "example" } },
      { fullUrl: "urn:uuid:1" },
      { resource: { ...sample("blood-glucose"), status: "seen" } },
      { resource: { resourceType: KARI } },
      { resource: sample("body-weight") },
    ];
    const { code, out } = await publish({ resourceType: "Bundle", type: "batch", entry });
    expect(code).toBe(1);
    expect(out).toEqual([
      expect.stringMatching(/^published {2}Bundle\.entry\[0\] Observation {2}http/),
      "refused    Bundle.entry[1] Patient  is not an Observation or a CarePlan",
      "refused    Bundle.entry[2]  holds no resource",
      expect.stringMatching(
        /^refused {4}Bundle\.entry\[3\] Observation {2}Observation\.status must be/,
      ),
      "refused    Bundle.entry[4] resource  is not an Observation or a CarePlan",
      expect.stringMatching(/^published {2}Bundle\.entry\[5\] Observation {2}http/),
    ]);
  });

  const glucose = sample("blood-glucose");

  test("what the source refuses is refused with its reasons", async () => {
    const unit = { value: 7, system: "http://unitsofmeasure.org", code: "mmol/ml." };
    const broken = [
      { ...glucose, subject: undefined },
      { ...glucose, valueQuantity: unit },
      { ...glucose, subject: about(NOBODY) },
    ];
    const entry = broken.map((resource) => ({ resource }));
    const before = (await readLog(shared.at.connection)).length;
    const { code, out } = await publish({ resourceType: "Bundle", type: "batch", entry });
    expect([code, out.map((line) => line.split("Observation  ")[1])]).toEqual([
      1,
      [
        "Observation.subject is missing: who is this about?",
        'Observation.valueQuantity.code "mmol/ml." is not a UCUM unit',
        "Observation.subject.identifier.value must be eleven digits with valid control digits",
      ],
    ]);
    expect(await readLog(shared.at.connection)).toHaveLength(before);
  });

  test("two megabytes are refused, and not even read", async () => {
    const { code, out, err } = await runProcess(["-"], { config, stdin: "x".repeat(2 ** 21) });
    expect([code, out, err]).toEqual([1, ["refused    input  is larger than 1 MiB"], ""]);
  });

  test("a text with an identity number is stored, and is in no event and in no output", async () => {
    const note = [{ text: `Ring datter, ${OLA}.` }];
    const { code, out, err } = await publish({ ...glucose, note });
    expect([code, err]).toEqual([0, ""]);
    const log = await readLog(shared.at.connection);
    expect(containsIdentityNumber(JSON.stringify([log, out]))).toBe(false);
    expect(shared.source.log()).not.toContain(OLA);
  });

  test("while the broker is away it says that the event waits", async () => {
    await shared.at.nats().kill();
    const { code, out } = await publish(glucose);
    expect(code).toBe(1);
    expect(out).toEqual([
      expect.stringMatching(
        /^waiting {4}Observation {2}http.*, recorded: its event waits at the source for the broker$/,
      ),
    ]);
    await shared.at.restartNats();
  }, 20_000);

  test("where nobody answers it says what to do, and stops", async () => {
    const plans: Json = {
      resourceType: "Bundle",
      entry: [1, 2].map(() => ({ resource: sample("care-plan") })),
    };
    const { code, out, err } = await publish(plans);
    expect([code, out.length]).toEqual([1, 1]);
    expect(out[0]).toMatch(/^failed {5}Bundle\.entry\[0\] CarePlan {2}no answer \(ECONNREFUSED\)$/);
    expect(err).toBe("Is it running? The sources are started by npm start, in another terminal\n");
  });
});

describe("publishing a plan from a file", () => {
  const shared = sharedSource("plans");

  test("a plan with activities is published", async () => {
    const config = await writeConfig(shared.at, await nowhere(), shared.url);
    const { code, out } = await run(["-"], { config, stdin: sampleText("care-plan") });
    expect([code, out]).toEqual([0, [expect.stringMatching(/^published {2}CarePlan {2}http/)]]);
    const log = await readLog(shared.at.connection);
    expect(log.map(({ event }) => event.type)).toEqual(["no.hendelsesstrom.plan.created.v1"]);
  });
});

describe("the command", () => {
  test("without a running site says what to do", async () => {
    const { code, out, err } = await run(["producers/samples/care-plan.json"]);
    expect([code, out, err]).toEqual([
      1,
      ["failed     CarePlan  none is not there"],
      "Is it running? The sources are started by npm start, in another terminal\n",
    ]);
  });

  test("with a false patient is wrong use", async () => {
    const { code, out, err } = await runProcess(["-", "--patient", NOBODY]);
    expect([code, out]).toEqual([2, []]);
    const detail = "--patient must be eleven digits with valid control digits";
    expect(err.startsWith(`${detail}\n\nUsage: npm run publish`)).toBe(true);
    expect(containsIdentityNumber(err)).toBe(false);
  });

  test("with a file that is not there is wrong use", async () => {
    const { code, err } = await run(["nothing.json"]);
    expect([code, err.split("\n")[0]]).toEqual([2, "nothing.json: there is no such file"]);
  });
});
