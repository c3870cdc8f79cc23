import { pino, type DestinationStream, type Logger } from "pino";
import { describeError } from "./describe-error.ts";

const STDERR = 2;

/** A log of JSON lines on standard error; standard output is for results. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  return pino(
    { level, base: { name: "ehr" }, serializers: { err: describeError } },
    destination ?? pino.destination(STDERR),
  );
}
