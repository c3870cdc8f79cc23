import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { readCommandLine } from "#producers/cli/command-line";
import { readConfig } from "#producers/cli/config";
import { readInput } from "#producers/cli/read-input";
import { splitResources } from "#producers/cli/split-resources";
import { DAO, KARI, NOBODY } from "./people.ts";
import { sample } from "./samples.ts";

const ONE_MEBIBYTE = 1024 * 1024;

function read(bytes: Uint8Array): ReturnType<typeof readInput> {
  return readInput("-", Readable.from([bytes]));
}

describe("the command line", () => {
  test("names a file, and perhaps a patient", () => {
    expect(readCommandLine(["x.json"])).toEqual({
      kind: "publish",
      file: "x.json",
      patient: undefined,
    });
    expect(readCommandLine(["-", "--patient", KARI])).toMatchObject({ file: "-", patient: KARI });
    expect(readCommandLine(["--help"])).toEqual({ kind: "help" });
  });

  test.each<[string, string[], string]>([
    ["no file", [], "there must be one file, or - for standard input"],
    [
      "a patient that is missing",
      ["a", "--patient"],
      "--patient must be followed by an identity number",
    ],
    ["two files", ["a", "b"], "there must be one file, or - for standard input"],
    ["an unknown option", ["-", `--x${KARI}`], "there is no such option"],
    [
      "a false patient",
      ["-", "--patient", NOBODY],
      "--patient must be eleven digits with valid control digits",
    ],
  ])("with %s is wrong use", (_name, words, detail) => {
    expect(readCommandLine(words)).toEqual({ kind: "wrong-use", detail });
  });
});

describe("the input", () => {
  test("is read up to a mebibyte, and not beyond", async () => {
    const most = new Uint8Array(ONE_MEBIBYTE).fill(32);
    expect(await read(most)).toMatchObject({ kind: "text" });
    expect(await read(new Uint8Array(ONE_MEBIBYTE + 1).fill(32))).toEqual({
      kind: "refused",
      detail: "is larger than 1 MiB",
    });
  });

  test("must be UTF-8, and be there", async () => {
    expect(await read(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual({
      kind: "refused",
      detail: "is not UTF-8 text",
    });
    expect(await readInput("nothing.json", Readable.from([]))).toEqual({
      kind: "unreadable",
      detail: "there is no such file",
    });
    expect(await readInput("producers", Readable.from([]))).toEqual({
      kind: "unreadable",
      detail: "it is a directory",
    });
  });

  test.each<[string, string, string, string]>([
    ["nothing", "", "input", "is not JSON"],
    ["a list", "[1]", "input", "is not a JSON object"],
    ["a patient", '{"resourceType":"Patient"}', "Patient", "is not an Observation or a CarePlan"],
    ["no resource", "{}", "resource", "is not an Observation or a CarePlan"],
    [
      "a number for a type",
      `{"resourceType":"${KARI}"}`,
      "resource",
      "is not an Observation or a CarePlan",
    ],
    [
      "an empty bundle",
      '{"resourceType":"Bundle"}',
      "Bundle.entry",
      "is missing: the bundle holds no resource",
    ],
  ])("that is %s is refused", (...[, text, label, detail]) => {
    expect(splitResources(text, undefined)).toEqual([{ kind: "refused", label, detail }]);
  });

  test("is made to be about the patient that is named, by the number's own system", () => {
    for (const [patient, system] of [
      [KARI, "urn:oid:2.16.578.1.12.4.1.4.1"],
      [DAO, "urn:oid:2.16.578.1.12.4.1.4.2"],
    ] as const) {
      const [item] = splitResources(JSON.stringify(sample("weight-in-pounds")), patient);
      const { subject } = JSON.parse(item?.kind === "resource" ? item.text : "{}");
      expect(subject).toEqual({ identifier: { system, value: patient } });
    }
  });

  test("keeps its numbers as they were written, in a bundle too", () => {
    const resource = '{"resourceType":"Observation","valueQuantity":{"value":36.50}}';
    const [item] = splitResources(
      `{"resourceType":"Bundle","entry":[{"resource":${resource}}]}`,
      undefined,
    );
    expect(item).toEqual({
      kind: "resource",
      label: "Bundle.entry[0] Observation",
      type: "Observation",
      text: resource,
    });
  });
});

test("settings that are not there or not right are told apart", () => {
  expect(readConfig({ PUBLISH_CONFIG: "nothing.json" })).toEqual({
    kind: "missing",
    path: "nothing.json",
  });
  expect(readConfig({ PUBLISH_CONFIG: "package.json" })).toMatchObject({
    kind: "faulty",
    detail: expect.stringContaining("# must have required property"),
  });
});
