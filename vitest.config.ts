import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";

// Long tables: a part of their rows in the tests, all of them in the proofs.
const IN_PART = [
  "src/cli/doctor-fixes",
  "test/bridge/{hooks,processes}",
  "test/confinement/{paths,special-files}",
  "test/console/views",
  "test/handshake-processes",
  "test/import/hostile",
  "test/key-rotation",
  "test/panic*",
  "test/quests",
  "test/red-line",
  "test/stale-look",
  "test/stdlib/archive",
];
const isSample = process.env["AIRUN_PROVE"] === "sample";

export default defineConfig({
  test: {
    globalSetup: "test/make-home.ts",
    // Node runs the sources itself, as it does for users; what a file imports stays loaded for the next one.
    experimental: { viteModuleRunner: false },
    isolate: false,
    // Many tests wait for processes that they started.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["**/*.test.ts"],
      thresholds: Object.fromEntries(
        ["contract", "ledger", "workspace", "kernel", "workflow"].map((folder) => [
          `src/${folder}/**`,
          { lines: 95, branches: 95 },
        ]),
      ),
    },
    projects: [
      {
        test: {
          name: "test",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "prove",
          include: ["test/**/*.prove.ts", ...(isSample ? [] : IN_PART.map((name) => `${name}.test.ts`))],
          env: { AIRUN_ROWS: "all" },
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
