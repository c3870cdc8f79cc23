import { TOPICS, topicOf } from "#schemas/event-types";
import type { Attestation, Coded } from "../client/attestation.ts";
import type { HelseidConnection } from "../client/helseid-connection.ts";
import { lookUp, type LookupOutcome } from "../client/lookup.ts";
import type { PatientMap } from "../client/patient-map.ts";
import { createSignedFetch } from "../client/signed-fetch.ts";
import type { AccessToken } from "../client/token-outcome.ts";
import type { AccessDecisions } from "./access-decisions.ts";
import type { Inbox } from "./inbox.ts";
import type { StoredNotice } from "./notice.ts";
import type { OwnPatient, PatientList } from "./patient-list.ts";
import type { TenantStore } from "./tenant-store.ts";

/** "The user is responsible for the patient's treatment": said when the settings say no more. */
const RESPONSIBLE_FOR_TREATMENT: Coded = {
  code: "BEHANDLER",
  system: "urn:AuditEventHL7Norway/CodeSystem/carerelation",
};

/** The scope, at a source's own audience, of reading with a practitioner's token. */
const READ = "read";

export type NoticeOpeningOptions = {
  readonly helseid: HelseidConnection;
  /** The EHR's own organisation number. */
  readonly organisation: string;
  readonly healthcareService: Coded | undefined;
  readonly inbox: Inbox;
  readonly tenants: TenantStore;
  readonly patients: PatientList;
  readonly handles: PatientMap;
  readonly decisions: AccessDecisions;
};

/** What a lookup needs: whose it is, and which API is to be asked with which scope. */
export type LookupNeed = {
  readonly patient: OwnPatient;
  readonly scope: string;
  readonly sourceUrl: string;
  readonly resourceType: string;
};

/** Opens notices: resolves them to own patients, and looks up what they point to. */
export class NoticeOpening {
  readonly #options: NoticeOpeningOptions;

  constructor(options: NoticeOpeningOptions) {
    this.#options = options;
  }

  patientOf({ tenant, handle }: StoredNotice): OwnPatient | undefined {
    const id = this.#options.handles.patientOf(tenant, handle);
    return id === undefined ? undefined : this.#options.patients.get(id);
  }

  /** Nothing when the notice is of nobody on the list, or the tenant's source is not known. */
  need(notice: StoredNotice): LookupNeed | undefined {
    const patient = this.patientOf(notice);
    const topic = topicOf(notice.type);
    const shared = this.#options.tenants
      .info(notice.tenant)
      ?.topics.find((one) => one.topic === topic);
    if (patient === undefined || topic === undefined || shared === undefined) return undefined;
    return {
      patient,
      scope: `${shared.source.audience}/${READ}`,
      sourceUrl: shared.source.url,
      resourceType: TOPICS[topic].resourceType,
    };
  }

  /** Decides that a practitioner may look, records it, and says so towards the source. */
  attest(notice: StoredNotice, { patient }: LookupNeed, practitioner: string): Attestation {
    const { decisions, organisation, healthcareService } = this.#options;
    const id = decisions.record({ patient: patient.id, notice: notice.id, practitioner });
    return {
      legalEntity: organisation,
      ...(healthcareService === undefined
        ? { purposeDetails: RESPONSIBLE_FOR_TREATMENT }
        : { healthcareService }),
      decision: { id, userSelected: false }, // derived from the list, not chosen by the user
      patient: patient.identityNumber,
    };
  }

  /** Looks up with a practitioner's token, and remembers in the inbox what came of it. */
  async open(
    notice: StoredNotice,
    { sourceUrl, resourceType, patient }: LookupNeed,
    token: AccessToken,
  ): Promise<LookupOutcome> {
    const { helseid, inbox } = this.#options;
    const fetch = createSignedFetch(helseid, { get: async () => ({ kind: "token", token }) });
    const outcome = await lookUp(
      fetch,
      { dataref: notice.dataref, dataversion: String(notice.dataversion) },
      { resourceType, sourceUrl, patient: patient.identityNumber },
    );
    if (outcome.kind === "found") inbox.markShown(notice.id, Number(outcome.version));
    if (outcome.kind === "not-available") inbox.markUnavailable(notice.id);
    return outcome;
  }
}
