/** Longer than a healthy broker ever takes, shorter than proxies give up. */
const MAX_WAIT_SECONDS = 30;

/**
 * How long a recording system would wait for its event to be published, in milliseconds
 * (`Prefer: wait=<seconds>`, RFC 7240 section 4.3); 0 when it did not ask.
 */
export function waitPreferenceMs(prefer: string | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?=$|[,;\s])/i.exec(prefer ?? "") ?? [];
  return seconds === undefined ? 0 : Math.min(Number(seconds), MAX_WAIT_SECONDS) * 1000;
}

export type VersionCondition =
  | { readonly kind: "any" }
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "unreadable" };

/** The version that an update is meant for (`If-Match: W/"<version>"`, R4 http versioning). */
export function versionCondition(ifMatch: string | undefined): VersionCondition {
  if (ifMatch === undefined) return { kind: "any" };
  const [, version] = /^(?:W\/)?"([1-9][0-9]{0,8})"$/.exec(ifMatch) ?? [];
  return version === undefined
    ? { kind: "unreadable" }
    : { kind: "version", version: Number(version) };
}
