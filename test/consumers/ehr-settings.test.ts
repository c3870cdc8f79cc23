import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig } from "#consumers-example/ehr/config";
import { validateEhrSettings } from "#consumers-example/ehr/ehr-settings";
import { PATIENTS } from "#deploy/site/parties";
import { temporaryFolder } from "./temporary-folder.ts";

const good = {
  name: "Fjordvik legesenter",
  organisation: "314567048",
  clientId: "gp-ehr",
  privateJwk: { kty: "EC", crv: "P-256", x: "x", y: "y", d: "a-private-part" },
  issuer: "http://127.0.0.1:1",
  allowInsecureIssuer: true,
  tenants: [
    {
      serviceUrl: "http://127.0.0.1:1",
      controller: "312345013",
      topics: ["measurement"],
      delivery: "feed",
      roster: "persons",
    },
  ],
  patients: [PATIENTS.kari],
  storeDirectory: "store",
};

function faultsOf(change: Record<string, unknown>) {
  const judged = validateEhrSettings({ ...good, ...change });
  return judged.valid ? [] : judged.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
}

test("settings as the demonstration writes them are taken", () => {
  expect(faultsOf({})).toEqual([]);
  const basis = {
    class: "asserted",
    validity: { from: "2026-01-01T00:00:00Z" },
    reference: "fastlegeliste",
  };
  expect(faultsOf({ tenants: [{ ...good.tenants[0], basis, roster: "snapshot" }] })).toEqual([]);
});

describe("settings are refused", () => {
  const kari = PATIENTS.kari.identityNumber;

  test.each<[string, Record<string, unknown>, string]>([
    ["an unknown member", { colour: "red" }, "# must NOT have additional properties"],
    [
      "a wrong organisation",
      { organisation: "314567049" },
      "#/organisation is not an organisation number",
    ],
    [
      "a wrong identity number",
      { patients: [{ ...PATIENTS.kari, identityNumber: "14915110128" }] },
      "#/patients/0/identityNumber has wrong control digits",
    ],
    [
      "a patient listed twice",
      { patients: [PATIENTS.kari, PATIENTS.kari] },
      "#/patients/1/identityNumber is listed twice",
    ],
    [
      "a tenant named twice",
      { tenants: [good.tenants[0], good.tenants[0]] },
      "#/tenants/1/controller is named twice",
    ],
    ["no tenant", { tenants: [] }, "#/tenants must NOT have fewer than 1 items"],
    [
      "a public key only",
      { privateJwk: { kty: "EC" } },
      "#/privateJwk must have required property 'd'",
    ],
    [
      "a short script token",
      { scriptToken: "x" },
      "#/scriptToken must NOT have fewer than 32 characters",
    ],
    [
      "an identity number as reference",
      {
        tenants: [
          {
            ...good.tenants[0],
            basis: {
              class: "asserted",
              validity: { from: "2026-01-01T00:00:00Z" },
              reference: kari,
            },
          },
        ],
      },
      "#/tenants/0/basis/reference must not contain a national identity number",
    ],
  ])("with %s", (_, change, fault) => {
    const faults = faultsOf(change);
    expect(faults).toEqual([fault]);
    expect(faults.join()).not.toContain(kari);
  });
});

describe("the environment", () => {
  test("is read with defaults, and the file that it names", () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("ehr.json"), JSON.stringify(good));
    expect(readConfig({ EHR_CONFIG: folder.at("ehr.json"), PATH: "/bin" })).toEqual({
      host: "127.0.0.1",
      port: 0,
      publicUrl: undefined,
      logLevel: "info",
      settings: good,
    });
  });

  test("lists every fault at once, and quotes nothing of the file", () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("ehr.json"), JSON.stringify({ ...good, organisation: "1", name: "" }));
    const read = () =>
      readConfig({
        EHR_CONFIG: folder.at("ehr.json"),
        EHR_PORT: "99999",
        EHR_PUBLIC_URL: "http://x/path",
        LOG_LEVEL: "loud",
      });
    expect(read).toThrow(TypeError);
    let message = "";
    try {
      read();
    } catch (error) {
      message = String(error);
    }
    for (const name of ["EHR_PORT", "EHR_PUBLIC_URL", "LOG_LEVEL", "#/organisation", "#/name"]) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain("a-private-part");
  });

  test.each([
    [{}, "must have required property 'EHR_CONFIG'"],
    [{ EHR_CONFIG: "/nowhere/ehr.json" }, "EHR_CONFIG # must be object"],
  ])("that names no settings is refused: %o", (env, fault) => {
    expect(() => readConfig(env)).toThrow(fault);
  });

  test("that listens on every address must say which one is its own", () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("ehr.json"), JSON.stringify(good));
    const env = { EHR_CONFIG: folder.at("ehr.json"), EHR_HOST: "0.0.0.0" };
    expect(() => readConfig(env)).toThrow("EHR_PUBLIC_URL must be given when EHR_HOST is 0.0.0.0");
  });
});
