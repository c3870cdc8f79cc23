import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { deriveTenantKeys } from "#schemas/tenant-keys";
import type { SourceEvent } from "#schemas/source-event";
import { measurements } from "#producers/measurements/measurements";
import type { SendOutcome } from "#producers/publisher/send-event";
import { OutboxRelay } from "#producers/recording/outbox-relay";
import { Recorder } from "#producers/recording/recorder";
import { openStore } from "#producers/store/open-store";
import type { SourceStore } from "#producers/store/source-store";
import { KARI, OLA } from "./people.ts";
import { about, sample } from "./samples.ts";

const keys = deriveTenantKeys(new Uint8Array(32).fill(3));
const backoff = { firstMs: 0.01, longestMs: 1 };
const RESOURCES = 3;

type Step = "record" | "pause" | "crash";
type Fate = "stored" | "acknowledgement-lost" | "away";

/** A log as the broker keeps it: each id once, and things that go wrong on the way, as scripted. */
class ScriptedLog {
  readonly events: SourceEvent[] = [];
  readonly #fates: Fate[];

  constructor(fates: readonly Fate[]) {
    this.#fates = [...fates];
  }

  readonly send = async (event: SourceEvent): Promise<SendOutcome> => {
    const fate = this.#fates.shift() ?? "stored";
    await Promise.resolve();
    const duplicate = this.events.some(({ id }) => id === event.id);
    if (fate !== "away" && !duplicate) this.events.push(event);
    return fate === "stored"
      ? { kind: "stored", sequence: this.events.length, duplicate }
      : { kind: "unacknowledged", cause: new Error(fate) };
  };
}

/** The store, with marks that fail as scripted: a crash after the acknowledgement, before the mark. */
function withFailingMarks(
  store: SourceStore,
  failures: boolean[],
): Pick<SourceStore, "unsent" | "isSent" | "markSent"> {
  return {
    unsent: (limit) => store.unsent(limit),
    isSent: (sequence) => store.isSent(sequence),
    markSent: async (sequences, at) => {
      if (failures.shift() === true) throw new Error("the disk is full");
      await store.markSent(sequences, at);
    },
  };
}

/** A recording system with its outbox, that can be ended and started again on the same store. */
class System implements AsyncDisposable {
  readonly #directory: string;
  readonly #log: ScriptedLog;
  readonly #failingMarks: boolean[];
  readonly #ids: string[] = [];
  /** What was acknowledged, as "<id> <version>", in order. */
  readonly recorded: string[] = [];
  #store: SourceStore | undefined;
  #relay: OutboxRelay | undefined;

  constructor(directory: string, log: ScriptedLog, marks: readonly boolean[]) {
    this.#directory = directory;
    this.#log = log;
    this.#failingMarks = [...marks];
  }

  async #start(): Promise<{ store: SourceStore; relay: OutboxRelay }> {
    this.#store ??= await openStore({ kind: "directory", directory: this.#directory });
    this.#relay ??= new OutboxRelay({
      store: withFailingMarks(this.#store, this.#failingMarks),
      send: this.#log.send,
      now: Date.now,
      onFailure: () => {},
      backoff,
    });
    return { store: this.#store, relay: this.#relay };
  }

  async record(resource: number): Promise<void> {
    const { store, relay } = await this.#start();
    const recorder = new Recorder({
      kind: measurements,
      identity: () => ({ controller: "312345013", system: "dho", url: "https://dho.example" }),
      aliasKey: keys.alias,
      store,
      now: Date.now,
    });
    const id = this.#ids[resource];
    const subject = about(resource % 2 === 0 ? KARI : OLA);
    const text = JSON.stringify({ ...sample("blood-glucose"), subject, id });
    const outcome = await (id === undefined
      ? recorder.create(text)
      : recorder.update({ id, text }));
    if (outcome.kind !== "recorded") throw new Error(outcome.kind);
    this.#ids[resource] = outcome.version.id;
    this.recorded.push(`${outcome.version.id} ${outcome.version.version}`);
    relay.wake();
  }

  async untilAllIsSent(): Promise<void> {
    const { store } = await this.#start();
    while ((await store.unsent(1)).length > 0) await aMoment();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay?.[Symbol.asyncDispose]();
    await this.#store?.[Symbol.asyncDispose]();
    this.#relay = undefined;
    this.#store = undefined;
  }
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function ofResource(id: string | undefined, versions: readonly string[]): string[] {
  return versions.filter((version) => version.split(" ")[0] === id);
}

async function play(
  steps: readonly { step: Step; resource: number }[],
  fates: Fate[],
  marks: boolean[],
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "hendelsesstrom-outbox-"));
  const log = new ScriptedLog(fates);
  const system = new System(directory, log, marks);
  for (const { step, resource } of steps) {
    if (step === "record") await system.record(resource);
    else if (step === "crash") await system[Symbol.asyncDispose]();
    else await aMoment();
  }
  await system.untilAllIsSent();
  await system[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });

  const told = log.events.map(
    ({ dataref, dataversion }) => `${dataref.split("/").at(-1)} ${dataversion}`,
  );
  expect(told.toSorted()).toEqual(system.recorded.toSorted());
  for (const id of new Set(told.map((version) => version.split(" ")[0]))) {
    expect(ofResource(id, told)).toEqual(ofResource(id, system.recorded));
  }
}

test("whatever fails and whenever, each version is told of once, and a resource's in order", async () => {
  const steps = fc.array(
    fc.record({
      step: fc.constantFrom<Step[]>("record", "record", "record", "pause", "crash"),
      resource: fc.nat({ max: RESOURCES - 1 }),
    }),
    { maxLength: 25 },
  );
  const fates = fc.array(fc.constantFrom<Fate[]>("stored", "acknowledgement-lost", "away"), {
    maxLength: 30,
  });
  const marks = fc.array(fc.boolean(), { maxLength: 10 });
  await fc.assert(fc.asyncProperty(steps, fates, marks, play), { numRuns: 60 });
}, 30_000);
