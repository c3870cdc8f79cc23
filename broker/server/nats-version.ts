/** A version of nats-server, as it prints it and as it tells it to clients. */
export interface NatsVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Such as `RC.4`; empty for a release. */
  readonly preRelease: string;
}

/** The oldest server that will do: 2.12 brought the atomic batches on which the fan-out's commit stands. */
export const MINIMUM_NATS_VERSION: NatsVersion = { major: 2, minor: 12, patch: 0, preRelease: "" };

// Six digits a number: far above any version, far below where a number loses digits.
const VERSION = /(?:^|[\sv])(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z.-]{1,64}))?(?=$|[\s+])/;

/** Finds the version in what `nats-server --version` prints (`nats-server: v2.15.1`) or in a server's greeting (`2.15.1`). */
export function parseNatsVersion(text: string): NatsVersion | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, preRelease = ""] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), preRelease };
}

/** Writes a version as `2.15.1` or `2.12.0-RC.4`. */
export function formatNatsVersion({ major, minor, patch, preRelease }: NatsVersion): string {
  return `${major}.${minor}.${patch}${preRelease === "" ? "" : `-${preRelease}`}`;
}

/** Whether a version is the minimum or newer. A pre-release comes before its release. */
export function isNewEnough(version: NatsVersion): boolean {
  const minimum = MINIMUM_NATS_VERSION;
  const difference =
    version.major - minimum.major || version.minor - minimum.minor || version.patch - minimum.patch;
  return difference > 0 || (difference === 0 && version.preRelease === "");
}
