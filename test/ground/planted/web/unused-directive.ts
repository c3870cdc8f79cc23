// oxlint-disable-next-line eslint/max-params -- needless, so it is a fault: unused-directive
export const two = (a: number, b: number): number => a + b;
