import type { Checkpoint, FanOutCursor, FanOutRecord, StreamOrigins } from "./fan-out-record.ts";

/** Where fan-out stands: what the newest record and all before it add up to. */
export type FanOutState = {
  readonly cursor: FanOutCursor;
  readonly policyRev: number;
  /** The last number given, by subscription. */
  readonly numbers: Map<string, number>;
  readonly auditHead: string;
  readonly origins: StreamOrigins;
  /** Sequence of the newest record; the next commit expects it to be the newest still. */
  readonly recordSequence: number;
};

/** As much of a state as the next step is planned from. */
export type PlanningState = Pick<FanOutState, "cursor" | "policyRev" | "auditHead" | "origins"> & {
  readonly numbers: Pick<FanOutState["numbers"], "get">;
};

/** The state as it will be once a record is committed, without touching the state as it is. */
export function ahead({ numbers }: PlanningState, record: FanOutRecord): PlanningState {
  const { cursor, policyRev, auditHead, origins } = record;
  return {
    cursor,
    policyRev,
    auditHead,
    origins,
    numbers: { get: (subscription) => record.numbers[subscription] ?? numbers.get(subscription) },
  };
}

/** Before the first event. */
export function initialState(origins: StreamOrigins): FanOutState {
  return {
    cursor: { event: 0 },
    policyRev: 0,
    numbers: new Map(),
    auditHead: "",
    origins,
    recordSequence: 0,
  };
}

/** The state that a checkpoint holds. */
export function fromCheckpoint(checkpoint: Checkpoint): FanOutState {
  return { ...checkpoint, numbers: new Map(Object.entries(checkpoint.numbers)) };
}

export function toCheckpoint(state: FanOutState): Checkpoint {
  return { ...state, numbers: Object.fromEntries(state.numbers) };
}

/** The state after one more record. The numbers are carried on in place: they may be many. */
export function afterRecord(
  state: FanOutState,
  record: FanOutRecord,
  recordSequence: number,
): FanOutState {
  for (const [subscription, number] of Object.entries(record.numbers))
    state.numbers.set(subscription, number);
  const { cursor, policyRev, auditHead, origins } = record;
  return { cursor, policyRev, auditHead, origins, numbers: state.numbers, recordSequence };
}
