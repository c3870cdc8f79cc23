// fault below: typescript/explicit-module-boundary-types
export function untyped() {
  return typed();
}

export function typed(): number {
  return 1;
}
