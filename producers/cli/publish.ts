import type { ConfigOutcome, PublishConfig } from "./config.ts";
import { type RecordResult, SourceClient } from "./source-client.ts";
import type { Item, RecordableType } from "./split-resources.ts";

/** One line of what the command prints. */
export type Line = { readonly outcome: RecordResult["kind"]; readonly text: string };

const WORDS: Record<Line["outcome"], string> = {
  published: "published",
  waiting: "waiting",
  refused: "refused",
  "no-answer": "failed",
};

/**
 * Records each item at its source, one after the other, and tells of each as it is done. Ends at the
 * first that gets no answer: the others would get none either.
 */
export async function* publish(
  items: readonly Item[],
  settings: ConfigOutcome,
): AsyncGenerator<Line> {
  const record = settings.kind === "config" ? recordAt(settings.config) : nowhere(settings);
  for (const item of items) {
    const result = item.kind === "refused" ? item : await record(item.type, item.text);
    yield lineOf(item.label, result);
    if (result.kind === "no-answer") return;
  }
}

type RecordItem = (type: RecordableType, text: string) => Promise<RecordResult>;

function recordAt(config: PublishConfig): RecordItem {
  const sources = {
    Observation: new SourceClient(config, config.sources.Observation, "Observation"),
    CarePlan: new SourceClient(config, config.sources.CarePlan, "CarePlan"),
  };
  return (type, text) => sources[type].record(text);
}

function nowhere(settings: Exclude<ConfigOutcome, { kind: "config" }>): RecordItem {
  const what = settings.kind === "missing" ? "is not there" : settings.detail;
  return async () => ({ kind: "no-answer", detail: `${settings.path} ${what}` });
}

type Refused = Extract<Item, { kind: "refused" }>;

function lineOf(label: string, result: RecordResult | Refused): Line {
  const said = "location" in result ? result.location : result.detail;
  const more =
    result.kind === "waiting" ? ", recorded: its event waits at the source for the broker" : "";
  return {
    outcome: result.kind,
    text: `${WORDS[result.kind].padEnd(10)} ${label}  ${said}${more}`,
  };
}
