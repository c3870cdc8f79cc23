/** How a test waits for a condition: long enough for a busy machine, and hardly longer than needed. */
export const PATIENTLY = { timeout: 10_000, interval: 20 };
