export type CookieOptions = {
  /** Only over TLS; off on a plain address of this machine. */
  readonly secure: boolean;
  /** Seconds; 0 removes the cookie. Without it the cookie ends with the browser's session. */
  readonly maxAge?: number;
};

/** A cookie that scripts cannot read and that other sites' posts do not carry (RFC 6265bis). */
export function setCookie(name: string, value: string, options: CookieOptions): string {
  const age = options.maxAge === undefined ? "" : `; Max-Age=${options.maxAge}`;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${age}${options.secure ? "; Secure" : ""}`;
}

/** The value of the one cookie of that name; two of a name are nobody's. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
