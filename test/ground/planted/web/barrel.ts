export * from "./explicit-any.ts"; // fault: oxc/no-barrel-file
