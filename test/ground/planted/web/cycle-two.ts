import { one } from "./cycle-one.ts"; // fault: import/no-cycle

export const two = (): number => one();
