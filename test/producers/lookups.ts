import { join } from "node:path";
import { GP_OFFICE, PRACTITIONERS } from "#deploy/site/parties";
import { sealReference } from "#schemas/opaque-reference";
import { openStore } from "#producers/store/open-store";
import type { SourceStore } from "#producers/store/source-store";
import type { Answer } from "../support/api-client.ts";
import { about, type Json, sample } from "./samples.ts";
import type { sharedSource } from "./shared-source.ts";
import { attestation, type PractitionerChanges } from "./source-site.ts";

export function json(answer: Answer): Json {
  return Object(answer.body);
}

/** The form of a search for a patient's measurements. */
export function formOf(patient: string): string {
  return new URLSearchParams({
    "patient.identifier": `urn:oid:2.16.578.1.12.4.1.4.1|${patient}`,
  }).toString();
}

/** What a practitioner at the GP's office, and the source's owner, do at a source of measurements. */
export function lookupsAt(shared: ReturnType<typeof sharedSource>) {
  const openSourceStore = (): Promise<SourceStore> =>
    openStore({ kind: "directory", directory: join(shared.at.directory, "store") });

  return {
    openSourceStore,
    /** Records a measurement and gives the source's own id. */
    record: async (patient: string, more: Json = {}): Promise<string> => {
      const body = { ...sample("blood-glucose"), subject: about(patient), ...more };
      const url = `${shared.url}/fhir/Observation`;
      const type = "application/fhir+json";
      return String(json(await shared.at.recorder("POST", url, { body, type }))["id"]);
    },
    /** The id that a consumer knows a measurement by. */
    opaque: (id: string, consumer: string = GP_OFFICE.number): string => {
      const reference = { resourceType: "Observation", id };
      return sealReference(shared.at.keys.reference, reference, { consumer });
    },
    read: (path: string, client = "gp-ehr", changes: PractitionerChanges = {}): Promise<Answer> => {
      const practitioner = shared.at.practitioner(client, changes);
      return practitioner("GET", `${shared.url}/fhir/Observation/${path}`);
    },
    search: (form: string, changes: PractitionerChanges = {}): Promise<Answer> => {
      const practitioner = shared.at.practitioner("gp-ehr", changes);
      const type = "application/x-www-form-urlencoded";
      return practitioner("POST", `${shared.url}/fhir/Observation/_search`, { body: form, type });
    },
    /** The answer to a read as text, as the wire carries it. */
    rawRead: async (path: string): Promise<string> => {
      const url = `${shared.url}/fhir/Observation/${path}`;
      const minted = await fetch(`${shared.at.issuer}/stand-in/test-token`, {
        method: "POST",
        body: JSON.stringify({
          client: "gp-ehr",
          scopes: [`${shared.at.controller.audience}/read`],
          practitioner: PRACTITIONERS.gp,
          attestation: attestation(GP_OFFICE.number),
          htm: "GET",
          htu: url,
        }),
      });
      const { accessToken, dpopProof } = Object(await minted.json());
      const headers = { authorization: `DPoP ${accessToken}`, dpop: dpopProof };
      return (await fetch(url, { headers })).text();
    },
    /** The newest disclosure record. */
    lastDisclosure: async (): Promise<Json> => {
      await using store = await openSourceStore();
      const links = await store.disclosures(0, 10_000);
      return Object(JSON.parse(links.at(-1)?.entry ?? "null"));
    },
  };
}
