/** Stack frames in a log line: enough to find the place. */
const FRAMES = 6;

/**
 * An error for the log: its kind, code and place. Never its message: those of databases and
 * parsers quote what they were given, which here is about patients.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    ...("code" in error && { code: error.code }),
    at: frames.slice(0, FRAMES).map((line) => line.trim()),
  };
}
