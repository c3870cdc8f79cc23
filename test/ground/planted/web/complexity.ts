export function ten(n: number): string {
  if (n === 1) return "a";
  if (n === 2) return "b";
  if (n === 3) return "c";
  if (n === 4) return "d";
  if (n === 5) return "e";
  if (n === 6) return "f";
  if (n === 7) return "g";
  if (n === 8) return "h";
  return n === 9 ? "i" : "j";
}

// fault below: eslint/complexity
export function eleven(n: number): string {
  if (n === 1) return "a";
  if (n === 2) return "b";
  if (n === 3) return "c";
  if (n === 4) return "d";
  if (n === 5) return "e";
  if (n === 6) return "f";
  if (n === 7) return "g";
  if (n === 8) return "h";
  if (n === 9) return "i";
  return n === 10 ? "j" : "k";
}
