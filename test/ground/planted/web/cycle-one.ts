import { two } from "./cycle-two.ts"; // fault: import/no-cycle

export const one = (): number => two();
