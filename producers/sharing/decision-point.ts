import { decide } from "#decision/decide";
import type { PolicyIndex } from "#decision/policy-index";
import { aliasOf } from "#schemas/alias";
import type { TopicName } from "#schemas/event-types";
import { isIdentityNumber } from "#schemas/identity-number";
import type { SourceStore } from "../store/source-store.ts";
import type { Asker } from "./asker.ts";
import {
  disclosureEntry,
  type Interaction,
  type LookedUp,
  type LookupDecision,
  type LookupDenial,
} from "./disclosure.ts";
import type { PolicyReplica } from "./policy-replica.ts";

/** Policy that changes again each time that it is looked at ends in "ask later". */
const MAX_ROUNDS = 3;

export type DecisionPointOptions = {
  readonly topic: TopicName;
  readonly resourceType: string;
  readonly aliasKey: Uint8Array;
  readonly policy: Pick<PolicyReplica, "current">;
  readonly store: Pick<SourceStore, "disclose">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

export type Lookup = {
  readonly interaction: Interaction;
  readonly asker: Asker;
  readonly lookedUp: LookedUp;
};

/** `unavailable`: no decision can be made, or not be accounted for; nothing may be answered. */
export type LookupOutcome = "permitted" | "denied" | "unavailable";

/**
 * Decides a lookup at the source, with the same pure decision as the service, and accounts for it.
 *
 * The record is written first. Then policy is asked again, and only if it still says what the record
 * says is the lookup answered: a block that came while the record was being written counts. A lookup
 * of something that is not there goes the same way, so that neither the answer nor its time tells.
 */
export class DecisionPoint {
  readonly #options: DecisionPointOptions;

  constructor(options: DecisionPointOptions) {
    this.#options = options;
  }

  async decide(lookup: Lookup): Promise<LookupOutcome> {
    let recorded: LookupDecision["effect"] | undefined;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const policy = await this.#options.policy.current();
      if (policy === undefined) return "unavailable";
      const decision = this.#decideBy(policy, lookup);
      if (decision === undefined) return "unavailable";
      if (decision.effect === recorded) return recorded === "permit" ? "permitted" : "denied";
      await this.#record(lookup, decision, policy.revision);
      recorded = decision.effect;
    }
    return "unavailable";
  }

  #decideBy(policy: PolicyIndex, { asker, lookedUp }: Lookup): LookupDecision | undefined {
    const { topic, now } = this.#options;
    const { alias } = lookedUp;
    if (alias === undefined) return { effect: "deny", reason: "not-there" };
    const patient = policy.patientOf(alias);
    if (patient === undefined) return { effect: "deny", reason: "unknown-patient" };
    const misfit = this.#attestationMisfit(policy, asker, { alias, patient });
    if (misfit !== undefined) return { effect: "deny", reason: misfit };
    const consumer = asker.caller.organisation;
    const verdict = decide(
      { action: "lookup", consumer, topic },
      { ...policy.facts(patient, consumer), current: true },
      now(),
    );
    return verdict.effect === "hold" ? undefined : verdict;
  }

  /** An attestation is good for the patients that it names (rule ATT-4), by any of their numbers. */
  #attestationMisfit(
    policy: PolicyIndex,
    { attestation }: Asker,
    { alias, patient }: { alias: string; patient: string },
  ): LookupDenial | undefined {
    const named = attestation.patients.flatMap(({ identifier }) => identifier ?? []);
    if (named.length === 0) return "attested-for-no-patient";
    const fits = named.filter(isIdentityNumber).some((identityNumber) => {
      const attested = aliasOf(this.#options.aliasKey, identityNumber);
      return attested === alias || policy.patientOf(attested) === patient;
    });
    return fits ? undefined : "attested-for-another-patient";
  }

  async #record(lookup: Lookup, decision: LookupDecision, policyRevision: number): Promise<void> {
    const { resourceType, now } = this.#options;
    const at = new Date(now()).toISOString();
    await this.#options.store.disclose(
      disclosureEntry({ ...lookup, resourceType, decision, policyRevision, at }),
    );
  }
}
