import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "./test/support/global-setup.ts",
    pool: "forks",
    // Most tests wait for other processes; three workers keep two cores busy.
    maxWorkers: 3,
    // Real servers on a machine that does other things too; a test that waits for a condition may take a while.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
});
