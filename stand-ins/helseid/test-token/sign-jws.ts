import { createHmac, createPrivateKey, sign } from "node:crypto";
import type { JWK } from "jose";

/** How a JWS is signed; the header is never consulted, so that the two can disagree. */
export type Signer =
  | { readonly kind: "ES256"; readonly key: JWK }
  | { readonly kind: "HS256"; readonly secret: string }
  | { readonly kind: "none" };

type Part = Readonly<Record<string, unknown>>;

/** A compact JWS (RFC 7515) with exactly this header and payload: also the ones no library makes. */
export function signJws(header: Part, payload: Part, signer: Signer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(input, signer).toString("base64url")}`;
}

function encode(part: Part): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function signature(input: string, signer: Signer): Buffer {
  if (signer.kind === "none") return Buffer.alloc(0);
  if (signer.kind === "HS256") return createHmac("sha256", signer.secret).update(input).digest();
  const key = createPrivateKey({ key: signer.key, format: "jwk" });
  return sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
}
