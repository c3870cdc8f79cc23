import { parsePolicySubject } from "#schemas/subject";
import { compileValidator, type Validation } from "#schemas/strict-ajv";
import type { PolicyFacts, Relationship } from "./decide.ts";
import { KeyedGroups } from "./keyed-groups.ts";
import {
  Agreement,
  AliasEntry,
  Block,
  CareRelationship,
  RosterPage,
  Subscription,
} from "./policy-objects.ts";
import { RosterIndex } from "./roster-index.ts";

/** A message of the policy log: its sequence is the policy revision. */
export type PolicyMessage = {
  readonly subject: string;
  readonly sequence: number;
  readonly value: unknown;
};

/** The log says something that this version does not understand: nothing may be decided from here on. */
export class UnreadablePolicy extends Error {
  override readonly name = "UnreadablePolicy";
}

export type PolicyIndexOptions = {
  /** Opens an alias entry's sealed patient (see sealed-entry.ts). */
  readonly openPatient: (alias: string, sealed: string) => string;
};

const validate = {
  agreement: compileValidator(Agreement),
  relationship: compileValidator(CareRelationship),
  block: compileValidator(Block),
  subscription: compileValidator(Subscription),
  roster: compileValidator(RosterPage),
  alias: compileValidator(AliasEntry),
};

/** How many parts the key of each kind has: a shorter or longer subject means something else. */
const KEY_PARTS = new Map([
  ["agreement", 1],
  ["alias", 1],
  ["block", 1],
  ["relationship", 2],
  ["roster", 2],
  ["subscription", 1],
]);

function unreadable({ subject, sequence }: PolicyMessage, why: string): never {
  throw new UnreadablePolicy(`Policy message ${sequence} (${subject.split(".")[1]}): ${why}`);
}

function read<T>(judged: Validation<T>, message: PolicyMessage): T {
  if (judged.valid) return judged.value;
  return unreadable(
    message,
    judged.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; "),
  );
}

/** Policy as it stands after a revision, kept for quick decisions. Applying is all that changes it. */
export class PolicyIndex {
  readonly #options: PolicyIndexOptions;
  readonly #patients = new Map<string, string>();
  readonly #agreements = new Map<string, Agreement>();
  readonly #blocks = new KeyedGroups<Block>();
  readonly #relationships = new KeyedGroups<CareRelationship>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #sequences = new Map<string, number>();
  readonly rosters = new RosterIndex();
  #revision = 0;

  constructor(options: PolicyIndexOptions) {
    this.#options = options;
  }

  /** The sequence of the newest message applied. */
  get revision(): number {
    return this.#revision;
  }

  apply(message: PolicyMessage): void {
    if (message.sequence <= this.#revision) return; // seen before: after a reconnect the log is read again
    const parsed = parsePolicySubject(message.subject);
    if (parsed === undefined || parsed.key.length !== KEY_PARTS.get(parsed.kind))
      throw new UnreadablePolicy(`Policy message ${message.sequence} has an unknown subject`);
    this.#applyKind(parsed.kind, parsed.key, message);
    this.#sequences.set(message.subject, message.sequence);
    this.#revision = message.sequence;
  }

  #applyKind(kind: string, key: string[], message: PolicyMessage): void {
    const [first = "", second = ""] = key;
    const { value, sequence } = message;
    switch (kind) {
      case "alias":
        this.#applyAlias(first, read(validate.alias(value), message), message);
        return;
      case "agreement":
        this.#applyAgreement(first, read(validate.agreement(value), message), message);
        return;
      case "relationship":
        this.#applyRelationship(key.join("."), read(validate.relationship(value), message));
        return;
      case "block":
        this.#applyBlock(first, read(validate.block(value), message));
        return;
      case "subscription":
        this.#subscriptions.set(first, read(validate.subscription(value), message));
        return;
      case "roster":
        if (!/^\d{1,6}$/.test(second)) unreadable(message, "the page is no number");
        this.rosters.apply(first, Number(second), {
          page: read(validate.roster(value), message),
          sequence,
        });
        return;
      default:
        unreadable(message, "the kind is unknown");
    }
  }

  #applyAlias(alias: string, { sealedPatient }: AliasEntry, message: PolicyMessage): void {
    this.#patients.set(
      alias,
      this.#opened(alias, sealedPatient) ?? unreadable(message, "cannot be opened"),
    );
  }

  #opened(alias: string, sealedPatient: string): string | undefined {
    try {
      return this.#options.openPatient(alias, sealedPatient);
    } catch {
      return undefined; // sealed for another place, or under another key
    }
  }

  #applyAgreement(consumer: string, agreement: Agreement, message: PolicyMessage): void {
    if (agreement.consumer !== consumer) unreadable(message, "is another consumer's");
    this.#agreements.set(consumer, agreement);
  }

  #applyRelationship(name: string, relationship: CareRelationship): void {
    this.#relationships.set(relationship.patient, name, relationship);
  }

  #applyBlock(name: string, block: Block): void {
    this.#blocks.set(block.patient, name, block);
  }

  patientOf(alias: string): string | undefined {
    return this.#patients.get(alias);
  }

  agreement(consumer: string): Agreement | undefined {
    return this.#agreements.get(consumer);
  }

  agreements(): Iterable<Agreement> {
    return this.#agreements.values();
  }

  subscription(id: string): Subscription | undefined {
    return this.#subscriptions.get(id);
  }

  subscriptions(): Iterable<[string, Subscription]> {
    return this.#subscriptions;
  }

  /** A care relationship by `<author>.<id>`. */
  relationship(name: string): CareRelationship | undefined {
    return this.#relationships.get(name);
  }

  block(id: string): Block | undefined {
    return this.#blocks.get(id);
  }

  /** The sequence that a subject was last written at; 0 when never. For compare-and-set writes. */
  sequenceOf(subject: string): number {
    return this.#sequences.get(subject) ?? 0;
  }

  /** All that a decision about one consumer and one patient may rest on. */
  facts(patient: string, consumer: string, subscription?: string): Omit<PolicyFacts, "current"> {
    const subscribed =
      subscription === undefined ? undefined : this.#subscriptions.get(subscription);
    return {
      agreement: this.#agreements.get(consumer),
      blocks: [...this.#blocks.of(patient).values()],
      relationships: this.#relationshipsOf(patient, consumer),
      ...(subscription !== undefined &&
        subscribed !== undefined && {
          subscription: {
            state: subscribed.state,
            topics: subscribed.topics,
            inRoster: this.rosters.has(subscription, patient),
          },
        }),
    };
  }

  #relationshipsOf(patient: string, consumer: string): ReadonlyMap<string, Relationship> {
    const found = new Map<string, Relationship>();
    for (const [name, relationship] of this.#relationships.of(patient)) {
      if (relationship.consumer === consumer) found.set(name, relationship);
    }
    for (const subscription of this.rosters.subscriptionsOf(patient)) {
      const holder = this.#subscriptions.get(subscription);
      if (holder?.consumer !== consumer) continue;
      const basis = this.rosters.pageOf(subscription, patient)?.content.basis;
      const state = holder.state === "ended" ? "ended" : "active";
      if (basis !== undefined) found.set(`roster.${subscription}`, { ...basis, state });
    }
    return found;
  }
}
