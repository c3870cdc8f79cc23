export type Loose = { value: any }; // fault: typescript/no-explicit-any
export type Strict = { value: unknown };
