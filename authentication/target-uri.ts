const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/** A path segment that means "here" or "up", also when its dots are percent-encoded. */
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/** One spelling per path (RFC 3986 section 6.2.2): upper-case escapes, none where none is needed. */
function normalisePath(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * The target of a request as a proof must name it: scheme, host and path under the address that
 * callers use, without query. Nothing when the path is not one that a client would send: with dot
 * segments the router and the proof could mean different places.
 */
export function targetUri(externalUrl: string, requestTarget: string): string | undefined {
  const [path = ""] = requestTarget.split("?", 1);
  if (!path.startsWith("/") || path.includes("\\") || DOT_SEGMENT.test(path)) return undefined;
  const base = parse(externalUrl);
  if (base === undefined) return undefined;
  const url = parse(base.origin + base.pathname.replace(/\/$/, "") + path);
  return url === undefined ? undefined : url.origin + normalisePath(url.pathname);
}

/**
 * The proof's `htu` in the same spelling, or nothing when it is no such address. A query or
 * fragment is refused, not ignored: RFC 9449 section 4.2 says that it has none.
 */
export function normaliseHtu(htu: unknown): string | undefined {
  if (typeof htu !== "string" || /[?#\\\s]/.test(htu)) return undefined;
  const url = parse(htu);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  return url.origin + normalisePath(url.pathname);
}
