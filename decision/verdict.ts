/** Why a request is refused. A closed set: it goes into the account, never to an outsider. */
export const DENY_REASONS = [
  "no-agreement",
  "topic-not-agreed",
  "blocked",
  "no-relationship",
  "subscription-inactive",
  "topic-not-subscribed",
  "not-in-roster",
] as const;
export type DenyReason = (typeof DENY_REASONS)[number];

/** Why no decision can be made now. It is a no that may be asked again. */
export type HoldReason = "policy-not-current";

/** The outcome of a decision; a permit names the care relationship that it rests on. */
export type Verdict =
  | { readonly effect: "permit"; readonly relationship: string }
  | { readonly effect: "deny"; readonly reason: DenyReason }
  | { readonly effect: "hold"; readonly reason: HoldReason };

export function deny(reason: DenyReason): Verdict {
  return { effect: "deny", reason };
}
