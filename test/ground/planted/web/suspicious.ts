const name = "outer";

export function greet(greeted: string): string {
  const name = greeted; // fault: eslint/no-shadow
  return name;
}

export const greeting = greet(name);
