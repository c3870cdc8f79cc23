/** Most stack frames and causes that are logged of one failure. */
const MAX_FRAMES = 8;
const MAX_CAUSES = 4;

export type Failure = {
  readonly name: string;
  readonly code?: string;
  readonly frames: readonly string[];
  readonly cause?: Failure;
};

/**
 * An error as it may be logged: what kind and where, not its message. Messages quote what they were
 * given (a parser its input, a database its row), and that may be about a patient.
 */
export function describeFailure(error: unknown, depth = 0): Failure {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return {
    name: error.name,
    ...(code !== undefined && { code }),
    frames: framesOf(error),
    ...(error.cause !== undefined &&
      depth < MAX_CAUSES && { cause: describeFailure(error.cause, depth + 1) }),
  };
}

/** The message may have several lines, so only what has the form of a frame is taken. */
function framesOf(error: Error): string[] {
  const lines = error.stack?.replace(error.message, "").split("\n") ?? [];
  return lines
    .filter((line) => /^ {4}at .+:\d+:\d+\)?$/.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());
}
