import { pino, type DestinationStream, type LevelWithSilent, type Logger } from "pino";
import { describeFailure } from "./describe-failure.ts";

const STDERR = 2;

/** What must not be logged, wherever somebody should put it: the second net, not the first. */
const SECRET_NAMES = ["authorization", "dpop", "cookie", "token", "accessToken", "proof", "body"];

const REDACTED_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

export type LoggerOptions = {
  readonly name: string;
  readonly level: LevelWithSilent;
  /** Standard error unless given: standard output is for results. */
  readonly destination?: DestinationStream;
};

/** A logger of JSON lines that redacts secrets and keeps errors' messages out. */
export function createLogger({ name, level, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      // Instead of the default, which adds process id and host name.
      base: { name },
      redact: { paths: REDACTED_PATHS, censor: "[redacted]" },
      serializers: { err: describeFailure },
      hooks: {
        /** Else pino takes a line's text from the error's message when none is given. */
        logMethod(args, method) {
          const [first, ...rest]: unknown[] = args;
          const fields = first instanceof Error ? { err: first } : first;
          const text = rest.length === 0 && hasError(fields) ? ["failure"] : rest;
          Reflect.apply(method, this, [fields, ...text]);
        },
      },
    },
    destination ?? pino.destination(STDERR),
  );
}

function hasError(fields: unknown): boolean {
  return typeof fields === "object" && fields !== null && "err" in fields;
}
