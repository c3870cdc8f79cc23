export const three = (a: number, b: number, c: number): number => a + b + c;

// fault below: eslint/max-params
export const four = (a: number, b: number, c: number, d: number): number => three(a, b, c) + d;
